import { glob } from 'tinyglobby';
import { z } from 'zod';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { readTextFile } from '../read-input.ts';
import { recordedOperation, type RecordedOperation } from './recorded-operations.ts';

const Trusted = z.record(z.string(), z.string());

/** The documents in a file: of GraphQL, or of JSON by their hashes, as `ICEOS_TRUSTED_DOCUMENTS` has them. */
async function documentsOf(file: string): Promise<readonly RecordedOperation[]> {
  const text = await readTextFile(file);
  try {
    if (!file.endsWith('.json')) return [recordedOperation(file, text)];
    const documents = Object.entries(Trusted.parse(JSON.parse(text)));
    return documents.map(([hash, document]) => recordedOperation(`${file} ${hash}`, document));
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'it is no list of documents by their hashes' : String(error);
    throw new CommandFailure(EXIT.badInput, `${file} has no operations that can be read: ${reason}.`);
  }
}

/** All recorded operations that the patterns find. A pattern that finds nothing is a mistake. */
export async function readOperations(patterns: readonly string[]): Promise<readonly RecordedOperation[]> {
  const files = new Set<string>();
  for (const pattern of patterns) {
    // A folder holds other JSON too.
    const wanted = pattern.endsWith('.json') ? /\.json$/ : /\.(graphql|gql)$/;
    const found = (await glob(pattern)).filter((file) => wanted.test(file));
    if (found.length === 0)
      throw new CommandFailure(
        EXIT.badInput,
        `--operations ${pattern} finds no file of GraphQL. JSON is named in full: --operations '*.json'.`,
      );
    for (const file of found) files.add(file);
  }
  return (await Promise.all([...files].toSorted().map(documentsOf))).flat();
}
