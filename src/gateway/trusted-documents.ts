import { z } from 'zod';
import { err, ok, type Result } from '../core/result.ts';
import type { GraphQLError } from 'graphql';
import { refusal } from './problem.ts';

/** Operations that were agreed on beforehand, by their hash: what `persisted-documents.json` of the codegen preset holds. */
export type DocumentsByHash = ReadonlyMap<string, string>;

/** The parts of a request that say which document it means. */
export interface DocumentParams {
  readonly query?: string | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

/** The text of the document that a request means, or why it may not run. Undefined: it names none. */
export type FindDocument = (params: DocumentParams) => Result<string | undefined, GraphQLError>;

/** Clients such as Apollo's send the whole text after this message. */
const NOT_FOUND = 'PersistedQueryNotFound';

/** Finds documents by `extensions.persistedQuery.sha256Hash`; where `only` is set, no other text runs. */
export function createFindDocument({
  documents,
  only,
}: {
  readonly documents: DocumentsByHash;
  readonly only: boolean;
}): FindDocument {
  const texts = new Set(documents.values());
  return ({ query, extensions }) => {
    if (typeof query === 'string') {
      if (!only || texts.has(query)) return ok(query);
      return err(
        refusal(
          'FORBIDDEN',
          'This server runs trusted documents only. Send the hash of one as extensions.persistedQuery.sha256Hash.',
        ),
      );
    }
    const hash = Extensions.safeParse(extensions).data?.persistedQuery.sha256Hash;
    if (hash === undefined) return ok(undefined);
    const text = documents.get(hash);
    return text === undefined ? err(refusal('PERSISTED_QUERY_NOT_FOUND', NOT_FOUND)) : ok(text);
  };
}

const Extensions = z.looseObject({ persistedQuery: z.looseObject({ sha256Hash: z.string() }) });
const Documents = z.record(z.string(), z.string());

/** Reads a list of documents; the sentence says what is wrong with it. */
export function parseDocuments(text: string): Result<DocumentsByHash, string> {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return err('is no JSON');
  }
  const parsed = Documents.safeParse(given);
  return parsed.success
    ? ok(new Map(Object.entries(parsed.data)))
    : err('is no JSON object of documents by their hash');
}
