import { readFile } from 'node:fs/promises';
import * as commandLine from '../cli/generated/graphql.ts';
import { parseDocuments, type DocumentsByHash } from '../gateway/trusted-documents.ts';

/** The list of documents cannot be used; the sentence says what to do. */
export class TrustedDocumentsError extends Error {
  override readonly name = 'TrustedDocumentsError';
  constructor(file: string, message: string) {
    super(`ICEOS_TRUSTED_DOCUMENTS: ${file} ${message}.`);
  }
}

/** The documents of the file, and those that the command line of this release sends. Throws `TrustedDocumentsError`. */
export async function readTrustedDocuments(file: string | undefined): Promise<DocumentsByHash> {
  const ours = Object.entries(commandLine).flatMap(([name, document]): [string, string][] =>
    document instanceof commandLine.TypedDocumentString && name.endsWith('Document')
      ? [[`iceos:${name}`, document.toString()]]
      : [],
  );
  if (file === undefined) return new Map(ours);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new TrustedDocumentsError(file, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const documents = parseDocuments(text);
  if (!documents.ok) throw new TrustedDocumentsError(file, documents.error);
  return new Map([...ours, ...documents.value]);
}
