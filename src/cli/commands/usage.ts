import type { CliDeps, Session } from '../cli-deps.ts';
import { csv } from '../csv.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import {
  HasExecutionDocument,
  UsageTotalsDocument,
  type UsageGrouping,
  type UsageTotalsQuery,
} from '../generated/graphql.ts';
import { dollars } from '../money.ts';
import { openSession } from '../session.ts';
import { table } from '../table.ts';
import { noAnswer } from './publish.ts';

/** Which calls; instants as the server takes them. */
export interface UsageFilter {
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** ID of an execution: with all that its root started. */
  readonly execution: string | undefined;
}

export interface UsageOptions extends UsageFilter {
  readonly by: Lowercase<UsageGrouping>;
  readonly csv: boolean;
  readonly json: boolean;
}

type Totals = NonNullable<UsageTotalsQuery['usageTotals']>[number];

const COUNTS = [
  ['calls', 'calls'],
  ['estimated_calls', 'estimatedCalls'],
  ['input_tokens', 'inputTokens'],
  ['cached_input_tokens', 'cachedInputTokens'],
  ['cache_write_tokens', 'cacheWriteTokens'],
  ['output_tokens', 'outputTokens'],
  ['reasoning_tokens', 'reasoningTokens'],
] as const;

/** `iceos usage`: what calls of models have cost, in sums. */
export async function usage(
  options: UsageOptions,
  deps: Pick<CliDeps, 'terminal' | 'settings' | 'fetch'>,
): Promise<ExitCode> {
  const session = await openSession(deps);
  const filter = await toFilter(options, session);
  const totalsBy = async (by: UsageOptions['by']): Promise<readonly Totals[]> => {
    const variables = { groupBy: GROUPINGS[by], filter };
    const { usageTotals } = await session.client.request(UsageTotalsDocument, variables);
    if (!usageTotals) throw noAnswer();
    return usageTotals;
  };
  const totals = await totalsBy(options.by);
  const { terminal } = deps;
  if (options.json) for (const one of totals) terminal.out(`${JSON.stringify(one)}\n`);
  else if (options.csv) {
    // A blueprint's name may change and be given to another: its ID stays.
    const names = options.by === 'blueprint' ? ['blueprint', 'blueprint_name'] : [options.by];
    const heading = [...names, ...COUNTS.map(([column]) => column), 'cost_usd_micros'];
    terminal.out(csv([heading, ...totals.map((one) => [...namesOf(one), ...countsOf(one), one.costUsdMicros])]));
  } else if (totals.length === 0) terminal.error('No call of a model was settled in that time.');
  else {
    // A row by name does not say whether that is a memory.
    const summed = options.by === 'model' ? await totalsBy('kind') : totals;
    terminal.out(asTable(options.by, totals, summed));
  }
  return EXIT.succeeded;
}

const GROUPINGS: Readonly<Record<Lowercase<UsageGrouping>, UsageGrouping>> = {
  day: 'DAY',
  hour: 'HOUR',
  blueprint: 'BLUEPRINT',
  model: 'MODEL',
  kind: 'KIND',
};

/** The filter as the server takes it. An execution that it does not know ends the command. */
export async function toFilter(
  { from, to, execution: id }: UsageFilter,
  { client }: Pick<Session, 'client'>,
): Promise<{ readonly from: string | null; readonly to: string | null; readonly executionId: string | null }> {
  if (id !== undefined) {
    const { execution } = await client.request(HasExecutionDocument, { id });
    if (!execution) {
      throw new CommandFailure(EXIT.badInput, `There is no execution with the ID "${id}". iceos list shows them.`);
    }
  }
  return { from: from ?? null, to: to ?? null, executionId: id ?? null };
}

/** What names a group; of a blueprint its ID and its name. */
function namesOf({ startsAt, blueprintId, blueprint, model, kind }: Totals): readonly string[] {
  if (blueprintId) return [blueprintId, blueprint?.name ?? ''];
  return [startsAt ?? model ?? kind?.toLowerCase() ?? ''];
}

const countsOf = (totals: Totals): readonly string[] => COUNTS.map(([, field]) => String(totals[field]));

/** Tokens of memory went through a model as well: the last line has them once. */
function asTable(by: string, totals: readonly Totals[], summed: readonly Totals[]): string {
  const ofModels = summed.filter(({ kind }) => kind !== 'MEMORY');
  const rows = totals.map((one) => [
    one.blueprint?.name ?? namesOf(one)[0] ?? '',
    ...countsOf(one),
    dollars(one.costUsdMicros),
  ]);
  const sum = (field: (typeof COUNTS)[number][1]): string => String(ofModels.reduce((all, one) => all + one[field], 0));
  const cost = ofModels.reduce((all, { costUsdMicros }) => all + BigInt(costUsdMicros), 0n);
  const total = ['total', ...COUNTS.map(([, field]) => sum(field)), dollars(cost)];
  const heading = [by, 'calls', 'estimated', 'input', 'cached', 'cache write', 'output', 'reasoning', 'cost'];
  return table(heading, [...rows, total]);
}
