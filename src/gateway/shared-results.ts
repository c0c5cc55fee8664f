import { createHash } from 'node:crypto';
import { getOperationAST, Kind, visit, type DocumentNode, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { Viewer } from '../use-cases/viewer.ts';

/** What many subscribers hear, and for which selection. */
export interface Shared {
  readonly message: object;
  readonly selection: string;
  readonly make: () => Promise<ExecutionResult>;
}

/** Results of messages that many subscribers hear: each is made once for all who select the same. */
export interface SharedResults {
  /** The result of a message for a selection: made by the first who asks, and kept as long as the message is. */
  of(shared: Shared): Promise<ExecutionResult>;
}

export function createSharedResults(): SharedResults {
  const byMessage = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();
  return {
    of({ message, selection, make }) {
      const bySelection = byMessage.get(message) ?? new Map<string, Promise<ExecutionResult>>();
      byMessage.set(message, bySelection);
      const known = bySelection.get(selection);
      if (known !== undefined) return known;
      const made = make();
      bySelection.set(selection, made);
      return made;
    },
  };
}

/**
 * What decides about the results of an operation beside the messages: subscribers with the same text here see the same.
 * Where each has begun is left out, where it is no more than that.
 */
export function selectionOf(
  { document, operationName, variableValues }: Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'>,
  { tenant, scopes }: Viewer,
): string {
  const cursor = cursorVariableOf(document, operationName);
  const declared = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const names = declared.map(({ variable }) => variable.name.value).filter((name) => name !== cursor);
  // One that is absent has its default, which null has not.
  const given = variableValues ?? {};
  const variables = names.map((name) => (Object.hasOwn(given, name) ? [name, given[name]] : [name]));
  const text = JSON.stringify([
    tenant,
    [...scopes].toSorted(),
    textOfDocument(document),
    operationName ?? '',
    variables,
  ]);
  // It is kept as long as the stream: values may be large.
  return createHash('sha256').update(text, 'utf8').digest('base64');
}

const texts = new WeakMap<DocumentNode, string>();

function textOfDocument(document: DocumentNode): string {
  const known = texts.get(document);
  if (known !== undefined) return known;
  const { loc } = document;
  if (loc === undefined) throw new Error('A document comes from a text.');
  texts.set(document, loc.source.body);
  return loc.source.body;
}

/** The variable that is `after` of the subscription, unless it is used elsewhere too. */
function cursorVariableOf(document: DocumentNode, operationName: string | null | undefined): string | undefined {
  const root = getOperationAST(document, operationName)?.selectionSet.selections[0];
  if (root?.kind !== Kind.FIELD) return undefined;
  const value = root.arguments?.find(({ name }) => name.value === 'after')?.value;
  if (value?.kind !== Kind.VARIABLE) return undefined;
  const name = value.name.value;
  let uses = 0;
  visit(document, {
    Variable: {
      enter(variable, _key, parent) {
        const isDefinition = parent !== undefined && 'kind' in parent && parent.kind === Kind.VARIABLE_DEFINITION;
        if (variable.name.value === name && !isDefinition) uses += 1;
      },
    },
  });
  return uses === 1 ? name : undefined;
}

const written = new WeakMap<ExecutionResult, string>();

/** A result as JSON, written once for all who are sent it. */
export function textOfResult(result: ExecutionResult): string {
  const known = written.get(result);
  if (known !== undefined) return known;
  const text = JSON.stringify(result);
  written.set(result, text);
  return text;
}
