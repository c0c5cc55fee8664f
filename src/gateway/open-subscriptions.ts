import { createHash } from 'node:crypto';
import {
  getOperationAST,
  Kind,
  print,
  separateOperations,
  visit,
  type DocumentNode,
  type ExecutionArgs,
  type OperationDefinitionNode,
} from 'graphql';

/** What the open subscriptions of this process ask for, without what they ask it about: that is their clients' own. */
export interface OpenSubscriptions {
  shift(asked: Pick<ExecutionArgs, 'document' | 'operationName'>, change: 1 | -1): void;
  /** Documents by how many are open and their hash, in the shape of `ICEOS_TRUSTED_DOCUMENTS`; the most used first. */
  list(): Readonly<Record<string, string>>;
}

export function createOpenSubscriptions(): OpenSubscriptions {
  const open = new Map<string, number>();
  // A document is parsed once for all who send it, and printed once.
  const texts = new WeakMap<OperationDefinitionNode, string>();

  function textOf({ document, operationName }: Pick<ExecutionArgs, 'document' | 'operationName'>): string {
    const operation = getOperationAST(document, operationName);
    // What has begun has one.
    if (!operation) throw new Error('A subscription has no operation.');
    const known = texts.get(operation);
    if (known !== undefined) return known;
    const text = print(withoutValues(separateOperations(document)[operation.name?.value ?? ''] ?? document));
    texts.set(operation, text);
    return text;
  }

  return {
    shift(asked, change) {
      const text = textOf(asked);
      const count = (open.get(text) ?? 0) + change;
      if (count > 0) open.set(text, count);
      else open.delete(text);
    },
    list() {
      const byUse = [...open].toSorted(([, one], [, other]) => other - one);
      return Object.fromEntries(byUse.map(([text, count]) => [`${count} open, ${shortHash(text)}`, text]));
    },
  };
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** The same document with empty texts and zeros: it is valid where it was, and tells nothing of a tenant. */
const withoutValues = (document: DocumentNode): DocumentNode =>
  visit(document, {
    [Kind.STRING]: (node) => ({ ...node, value: '', block: false }),
    [Kind.INT]: (node) => ({ ...node, value: '0' }),
    [Kind.FLOAT]: (node) => ({ ...node, value: '0.0' }),
  });
