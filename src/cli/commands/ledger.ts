import type { CliDeps } from '../cli-deps.ts';
import { csv } from '../csv.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import {
  ExportLedgerDocument,
  ListLedgerDocument,
  type ListLedgerQuery,
  type ListLedgerQueryVariables,
} from '../generated/graphql.ts';
import { dollars } from '../money.ts';
import { openSession } from '../session.ts';
import { table } from '../table.ts';
import { noAnswer } from './publish.ts';
import { toFilter, type UsageFilter } from './usage.ts';

const PAGE = 100;

export interface LedgerOptions extends UsageFilter {
  readonly model: string | undefined;
  readonly estimated: boolean;
  /** How many a table shows; CSV and JSON lines have all. */
  readonly first: number;
  readonly csv: boolean;
  readonly json: boolean;
}

type Entry = NonNullable<ListLedgerQuery['ledger']>['edges'][number]['node'];

/** The columns of the CSV: new ones are added behind. */
const COLUMNS: readonly (readonly [name: string, of: (entry: Entry) => string])[] = [
  ['at', ({ at }) => at],
  ['execution', ({ executionId }) => executionId ?? ''],
  ['root_execution', ({ rootExecutionId }) => rootExecutionId ?? ''],
  ['blueprint', ({ blueprintId }) => blueprintId ?? ''],
  ['blueprint_name', ({ blueprint }) => blueprint?.name ?? ''],
  ['path', ({ path }) => path],
  ['attempt', ({ attempt }) => String(attempt)],
  ['call', ({ call }) => String(call)],
  ['kind', ({ kind }) => kind.toLowerCase()],
  ['model', ({ model }) => model],
  ['input_tokens', ({ inputTokens }) => String(inputTokens)],
  ['cached_input_tokens', ({ cachedInputTokens }) => String(cachedInputTokens)],
  ['cache_write_tokens', ({ cacheWriteTokens }) => String(cacheWriteTokens)],
  ['output_tokens', ({ outputTokens }) => String(outputTokens)],
  ['reasoning_tokens', ({ reasoningTokens }) => String(reasoningTokens)],
  ['cost_usd_micros', ({ costUsdMicros }) => costUsdMicros],
  ['usage_source', ({ usageSource }) => usageSource.toLowerCase()],
];

const HEADING = ['at', 'blueprint', 'node', 'attempt', 'call', 'model', 'input', 'output', 'cost', ''];

/** `iceos ledger`: what each call of a model has cost, newest first. */
export async function ledger(options: LedgerOptions, deps: CliDeps): Promise<ExitCode> {
  const { terminal, signal } = deps;
  const { client } = await openSession(deps);
  const { model, estimated } = options;
  const filter = {
    ...(await toFilter(options, { client })),
    model: model ?? null,
    usageSource: estimated ? ('ESTIMATED' as const) : null,
  };
  const isWhole = options.csv || options.json;
  // What is taken away is recorded before it is read.
  if (isWhole) {
    const { exportLedger } = await client.request(ExportLedgerDocument, { input: { filter } });
    if (!exportLedger) throw noAnswer();
    if (exportLedger.__typename !== 'ExportLedgerSuccess')
      throw new CommandFailure(EXIT.badInput, exportLedger.message);
  }
  const wanted = isWhole ? Infinity : options.first;
  const rows: string[][] = [];
  let seen = 0;
  let after: string | null = null;
  if (options.csv) terminal.out(csv([COLUMNS.map(([name]) => name)]));
  do {
    const variables: ListLedgerQueryVariables = { first: Math.min(PAGE, wanted - seen), after, filter };
    const { ledger: page }: ListLedgerQuery = await client.request(ListLedgerDocument, variables);
    if (!page) throw noAnswer();
    const entries = page.edges.map(({ node }) => node);
    if (options.csv && entries.length > 0)
      terminal.out(csv(entries.map((entry) => COLUMNS.map(([, of]) => of(entry)))));
    else if (options.json) for (const entry of entries) terminal.out(`${JSON.stringify(entry)}\n`);
    else rows.push(...entries.map(toRow));
    seen += entries.length;
    after = page.pageInfo.hasNextPage ? (page.pageInfo.endCursor ?? null) : null;
    // The next page is asked for when this one has been read: a ledger has room in no memory.
    await terminal.drained();
    if (signal.aborted) return EXIT.detached;
  } while (after !== null && seen < wanted);
  if (isWhole) return EXIT.succeeded;
  if (rows.length === 0) terminal.error('No call of a model matches.');
  else terminal.out(table(HEADING, rows));
  if (after !== null) terminal.error(`There are more: --first ${2 * options.first}, or --csv for all.`);
  return EXIT.succeeded;
}

const toRow = (entry: Entry): string[] => [
  entry.at,
  entry.blueprint?.name ?? '',
  entry.path,
  String(entry.attempt),
  String(entry.call),
  entry.model,
  String(entry.inputTokens),
  String(entry.outputTokens),
  dollars(entry.costUsdMicros),
  entry.usageSource === 'ESTIMATED' ? 'estimated' : '',
];
