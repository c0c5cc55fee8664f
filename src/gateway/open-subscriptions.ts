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
import { MIB } from '../core/units.ts';

/**
 * What the open subscriptions of this process ask for, without the texts and numbers that they ask it about: those are their
 * clients' own. Names that clients have chosen (of operations, aliases, variables) are told, and so are enums and booleans.
 */
export interface OpenSubscriptions {
  shift(asked: Pick<ExecutionArgs, 'document' | 'operationName'>, change: 1 | -1): void;
  list(): OpenDocuments;
}

export interface OpenDocuments {
  /** By how many are open and their hash, in the shape of `ICEOS_TRUSTED_DOCUMENTS`; the most used first. */
  readonly documents: Readonly<Record<string, string>>;
  /** How many more there are, for which there was no room. */
  readonly leftOut: number;
}

/** What is told at once: names are the clients' own, and may be as long as a document. */
const MOST_DOCUMENTS = 1_000;
const MOST_CHARS = 4 * MIB;

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
      const told: [string, string][] = [];
      let chars = 0;
      for (const [text, count] of byUse) {
        if (told.length === MOST_DOCUMENTS) break;
        if (chars + text.length > MOST_CHARS) continue;
        chars += text.length;
        told.push([`${count} open, ${shortHash(text)}`, text]);
      }
      return { documents: Object.fromEntries(told), leftOut: byUse.length - told.length };
    },
  };
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** The same document with empty texts and zeros: it is valid where it was. */
const withoutValues = (document: DocumentNode): DocumentNode =>
  visit(document, {
    [Kind.STRING]: (node) => ({ ...node, value: '', block: false }),
    [Kind.INT]: (node) => ({ ...node, value: '0' }),
    [Kind.FLOAT]: (node) => ({ ...node, value: '0.0' }),
  });
