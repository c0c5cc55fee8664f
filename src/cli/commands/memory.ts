import { z } from 'zod';
import type { CliDeps } from '../cli-deps.ts';
import type { Client } from '../client.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import {
  ForgetFactsDocument,
  ForgetSessionDocument,
  ForgetSubjectDocument,
  RememberFactsDocument,
  SearchMemoryDocument,
  type FactInput,
} from '../generated/graphql.ts';
import { readTextFile } from '../read-input.ts';
import { openSession } from '../session.ts';
import { oneLine, withoutControls } from '../text-width.ts';
import { noAnswer } from './publish.ts';

export interface SearchOptions {
  readonly memory: string;
  readonly first: number;
  readonly subject: string | undefined;
  readonly json: boolean;
}

/** `iceos memory search`: facts by meaning, the nearest first. */
export async function search(about: string, options: SearchOptions, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { memory, first, subject, json } = options;
  const { facts } = await client.request(SearchMemoryDocument, { memory, about, first, subject: subject ?? null });
  if (!facts) throw noAnswer();
  const { terminal } = deps;
  const { style } = terminal;
  if (facts.length === 0 && !json) terminal.error('Nothing was found.');
  for (const { score, fact } of facts) {
    if (json) terminal.out(`${JSON.stringify({ score, ...fact })}\n`);
    else
      terminal.out(`${style.bold(score.toFixed(3))} ${style.dim(oneLine(placeOf(fact)))}\n${indented(fact.text)}\n\n`);
  }
  return EXIT.succeeded;
}

interface Shown {
  readonly id: string;
  readonly subject?: string | null;
  readonly metadata: unknown;
}

/** What `iceos memory index` says of a passage. */
const Place = z.object({ file: z.string(), line: z.number().optional() });

/** Where a fact comes from: its file and line, or its id, which `forget` takes. */
function placeOf({ id, subject, metadata }: Shown): string {
  const from = Place.safeParse(metadata).data;
  const place = from === undefined ? id : [from.file, ...(from.line === undefined ? [] : [from.line])].join(':');
  return typeof subject === 'string' ? `${place} (${subject})` : place;
}

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${withoutControls(line)}`)
    .join('\n');

export interface RememberOptions {
  readonly memory: string;
  readonly subject: string | undefined;
  readonly metadata: string | undefined;
  readonly lifetimeMs: number | undefined;
  readonly json: boolean;
}

/** `iceos memory remember`: one fact; `-` reads it from standard input. */
export async function rememberFact(given: string, options: RememberOptions, deps: CliDeps): Promise<ExitCode> {
  const text = given === '-' ? await readTextFile('-') : given;
  const { memory, subject, lifetimeMs } = options;
  const metadata = options.metadata === undefined ? undefined : parsed(options.metadata);
  const { client } = await openSession(deps);
  const fact = {
    text,
    ...(subject !== undefined && { subject }),
    ...(metadata !== undefined && { metadata }),
    ...(lifetimeMs !== undefined && { lifetimeMs }),
  };
  const { ids, evicted } = await remember(client, memory, [fact]);
  if (options.json) deps.terminal.out(`${JSON.stringify({ memory, ids, evicted })}\n`);
  else deps.terminal.out(`Remembered in ${memory} as ${ids.join(', ')}.\n`);
  return EXIT.succeeded;
}

function parsed(metadata: string): unknown {
  try {
    return JSON.parse(metadata);
  } catch {
    throw new CommandFailure(EXIT.badInput, `--metadata is no JSON. Write: --metadata '{"source":"mail"}'.`);
  }
}

/** Facts into a memory, as one write. */
export async function remember(
  client: Client,
  memory: string,
  facts: readonly FactInput[],
): Promise<{ readonly ids: readonly string[]; readonly evicted: number }> {
  const { rememberFacts: result } = await client.request(RememberFactsDocument, {
    input: { memory, facts: [...facts] },
  });
  if (!result) throw noAnswer();
  if (result.__typename === 'RememberFactsSuccess') return result;
  const isLater = result.__typename === 'EmbeddingFailedError' || result.__typename === 'DailyLimitExceededError';
  throw new CommandFailure(isLater ? EXIT.failed : EXIT.badInput, result.message);
}

export type ForgetOptions = { readonly json: boolean } & (
  | { readonly subject: string }
  | { readonly session: string }
  | { readonly memory: string; readonly ids: readonly string[] }
);

/** `iceos memory forget`: facts by their ids, everything about a subject, or the episodes of a session. */
export async function forget(options: ForgetOptions, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { terminal } = deps;
  if ('session' in options) {
    const { session } = options;
    const { forgetSession: result } = await client.request(ForgetSessionDocument, { input: { session } });
    if (!result) throw noAnswer();
    if (result.__typename !== 'ForgetSessionSuccess') throw new CommandFailure(EXIT.badInput, result.message);
    const { episodes } = result;
    if (options.json) terminal.out(`${JSON.stringify({ session, episodes })}\n`);
    else terminal.out(`Forgot ${episodes} episodes of the session ${session}.\n`);
    return EXIT.succeeded;
  }
  if (!('subject' in options)) {
    const forgotten = await forgetFacts(client, options.memory, options.ids);
    terminal.out(options.json ? `${JSON.stringify({ forgotten })}\n` : `Forgot ${forgotten} facts.\n`);
    return EXIT.succeeded;
  }
  const { subject } = options;
  const { forgetSubject: result } = await client.request(ForgetSubjectDocument, { input: { subject } });
  if (!result) throw noAnswer();
  if (result.__typename !== 'ForgetSubjectSuccess') throw new CommandFailure(EXIT.badInput, result.message);
  const { facts, episodes } = result;
  if (options.json) terminal.out(`${JSON.stringify({ subject, facts, episodes })}\n`);
  else terminal.out(`Forgot ${facts} facts and ${episodes} episodes about ${subject}.\n`);
  return EXIT.succeeded;
}

/** Deletes facts; answers with how many there were. */
export async function forgetFacts(client: Client, memory: string, ids: readonly string[]): Promise<number> {
  const { forgetFacts: result } = await client.request(ForgetFactsDocument, { input: { memory, ids: [...ids] } });
  if (!result) throw noAnswer();
  if (result.__typename === 'ForgetFactsSuccess') return result.forgotten;
  throw new CommandFailure(EXIT.badInput, result.message);
}
