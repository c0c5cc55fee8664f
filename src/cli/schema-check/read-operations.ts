import { glob } from 'tinyglobby';
import { z } from 'zod';
import { unreachable } from '../client.ts';
import { withDeadline } from '../../core/deadline.ts';
import { MIB } from '../../core/units.ts';
import type { CliDeps } from '../cli-deps.ts';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { readTextFile } from '../read-input.ts';
import { withoutControls } from '../text-width.ts';
import { recordedOperation, type RecordedOperation } from './recorded-operations.ts';

const Trusted = z.record(z.string(), z.string());

type ReadDeps = Pick<CliDeps, 'fetch' | 'settings' | 'signal' | 'terminal'>;

/** A server tells 4 MiB at most, with what JSON makes of it. */
const MOST_BYTES = 16 * MIB;
const ANSWER_WITHIN_MS = 30_000;

const MOST_REASON_CHARS = 400;

/** The documents of a text: of GraphQL, or of JSON by their hashes, as `ICEOS_TRUSTED_DOCUMENTS` has them. */
function documentsOf(source: string, text: string, isJson: boolean): readonly RecordedOperation[] {
  try {
    if (!isJson) return [recordedOperation(source, text)];
    const documents = Object.entries(Trusted.parse(JSON.parse(text)));
    return documents.map(([hash, document]) => recordedOperation(withoutControls(`${source} ${hash}`), document));
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'it is no list of documents by their hashes' : String(error);
    const said = withoutControls(reason).slice(0, MOST_REASON_CHARS);
    throw new CommandFailure(EXIT.badInput, `${source} has no operations that can be read: ${said}.`);
  }
}

function withoutPassword(url: string): string {
  // Not said: an ill-written one may have a password in it.
  if (!URL.canParse(url)) throw new CommandFailure(EXIT.badInput, 'An --operations that begins with http is no URL.');
  const { username, password } = new URL(url);
  if (username === '' && password === '') return url;
  throw new CommandFailure(EXIT.badInput, '--operations takes no URL with a name and a password in it.');
}

/** The body as far as anybody may send it. */
async function textOf({ body }: Response, url: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let left = MOST_BYTES;
  for await (const piece of body ?? []) {
    left -= piece.byteLength;
    if (left < 0) throw new CommandFailure(EXIT.badInput, `${url} answers with more than ${MOST_BYTES} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

export interface ReadOperations {
  readonly operations: readonly RecordedOperation[];
  /** How many more a server has, and does not tell. */
  readonly leftOut: number;
}

/** What a server tells at `/subscriptions`: the subscriptions that are open in the process that answers. */
async function readOpenSubscriptions(
  given: string,
  { fetch, settings, signal, terminal }: ReadDeps,
): Promise<ReadOperations> {
  const url = withoutPassword(given);
  // The token is for the server of the settings alone.
  const isOurs = new URL(url).origin === new URL(settings.url).origin;
  const token = isOurs ? settings.metricsToken : undefined;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  let status: number;
  let text: string;
  let leftOut: number;
  try {
    [status, leftOut, text] = await withDeadline(ANSWER_WITHIN_MS, signal, async (either) => {
      // Where it leads is for whoever calls to say: a page elsewhere could be an empty list.
      const response = await fetch(url, { headers, signal: either, redirect: 'manual' });
      return [response.status, Number(response.headers.get('x-left-out')), await textOf(response, url)] as const;
    });
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    if (signal.aborted) throw new CommandFailure(EXIT.detached, `Stopped while ${url} answered.`);
    throw unreachable(url, error);
  }
  if (status === 200) {
    if (leftOut > 0) terminal.error(`${url} leaves out ${leftOut} documents: it tells those that are open most often.`);
    return { operations: documentsOf(url, text, true), leftOut };
  }
  if (status !== 403)
    throw new CommandFailure(EXIT.badInput, `${url} answers with ${status}. Ask for /subscriptions of a server.`);
  throw new CommandFailure(
    EXIT.configuration,
    `${url} is for whoever has ICEOS_METRICS_TOKEN. Set it, and ICEOS_URL to this server.`,
  );
}

/** All recorded operations that the patterns find. A pattern that finds nothing is a mistake. */
export async function readOperations(patterns: readonly string[], deps: ReadDeps): Promise<ReadOperations> {
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
    return { operations: documentsOf(file, await readTextFile(file), file.endsWith('.json')), leftOut: 0 };
  });
  const read = await Promise.all([...inFiles, ...urls.map((url) => readOpenSubscriptions(url, deps))]);
  return {
    operations: read.flatMap(({ operations }) => operations),
    leftOut: read.reduce((sum, { leftOut }) => sum + leftOut, 0),
  };
}
