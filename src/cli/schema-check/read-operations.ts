import { glob } from 'tinyglobby';
import { z } from 'zod';
import { unreachable } from '../client.ts';
import type { CliDeps } from '../cli-deps.ts';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { readTextFile } from '../read-input.ts';
import { recordedOperation, type RecordedOperation } from './recorded-operations.ts';

const Trusted = z.record(z.string(), z.string());

type ReadDeps = Pick<CliDeps, 'fetch' | 'settings'>;

/** The documents of a text: of GraphQL, or of JSON by their hashes, as `ICEOS_TRUSTED_DOCUMENTS` has them. */
function documentsOf(source: string, text: string, isJson: boolean): readonly RecordedOperation[] {
  try {
    if (!isJson) return [recordedOperation(source, text)];
    const documents = Object.entries(Trusted.parse(JSON.parse(text)));
    return documents.map(([hash, document]) => recordedOperation(`${source} ${hash}`, document));
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'it is no list of documents by their hashes' : String(error);
    throw new CommandFailure(EXIT.badInput, `${source} has no operations that can be read: ${reason}.`);
  }
}

/** What a server tells at `/subscriptions`: the subscriptions that are open in the process that answers. */
async function readOpenSubscriptions(
  url: string,
  { fetch, settings }: ReadDeps,
): Promise<readonly RecordedOperation[]> {
  // The token is for the server of the settings alone.
  const isOurs = new URL(url).origin === new URL(settings.url).origin;
  const token = isOurs ? settings.metricsToken : undefined;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, { headers });
    [status, text] = [response.status, await response.text()];
  } catch (error) {
    throw unreachable(url, error);
  }
  if (status === 200) return documentsOf(url, text, true);
  if (status !== 403)
    throw new CommandFailure(EXIT.badInput, `${url} answers with ${status}. Ask for /subscriptions of a server.`);
  throw new CommandFailure(
    EXIT.configuration,
    `${url} is for whoever has ICEOS_METRICS_TOKEN. Set it, and ICEOS_URL to this server.`,
  );
}

/** All recorded operations that the patterns find. A pattern that finds nothing is a mistake. */
export async function readOperations(
  patterns: readonly string[],
  deps: ReadDeps,
): Promise<readonly RecordedOperation[]> {
  const files = new Set<string>();
  const urls = patterns.filter((pattern) => /^https?:\/\//.test(pattern));
  for (const pattern of patterns.filter((one) => !urls.includes(one))) {
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
  const inFiles = [...files].toSorted().map(async (file) => {
    return documentsOf(file, await readTextFile(file), file.endsWith('.json'));
  });
  return (await Promise.all([...inFiles, ...urls.map((url) => readOpenSubscriptions(url, deps))])).flat();
}
