import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../core/clock.ts';
import { coalesce } from '../core/coalesce.ts';
import type { NotFoundError } from '../core/errors.ts';
import type { ExecutionId } from '../core/ids.ts';
import type { ExecutionView } from '../live/execution-view.ts';
import type { ExecutionViews } from '../live/execution-views.ts';
import { pullStream } from '../live/pull-stream.ts';
import type { LedgerReads } from '../store/ledger-reads.ts';
import type { RunningUsage } from '../usage/ledger.ts';
import { noExecution } from './no-execution.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** What a root execution has cost so far, or that there is none to follow. */
export type UsageNews =
  | { readonly type: 'usage'; readonly usage: RunningUsage }
  | { readonly type: 'notFound'; readonly error: NotFoundError };

/**
 * First the present sums of the root of an execution, then each change; a slow reader gets the newest alone. It ends when
 * the root has ended and nothing is reserved.
 */
export type FollowUsage = (viewer: Viewer, executionId: ExecutionId) => AsyncGenerator<UsageNews, void, undefined>;

export interface FollowUsageDeps {
  readonly ledgerReads: Pick<LedgerReads, 'rootOf' | 'running'>;
  readonly views: Pick<ExecutionViews, 'acquire'>;
  readonly clock: Clock;
  /** Between two readings: what changes meanwhile is told together. */
  readonly gatherMs: number;
  /** How often is looked at calls that are on their way although their execution has ended: no event tells of them. */
  readonly pollIntervalMs: number;
}

export function createFollowUsage(deps: FollowUsageDeps): FollowUsage {
  // A root has one view here, whoever follows it; what is read for one is read for all.
  const shared = new WeakMap<ExecutionView, SharedSums>();
  function sumsOf(view: ExecutionView): SharedSums {
    const found = shared.get(view) ?? shareSums(view, deps);
    shared.set(view, found);
    return found;
  }

  return (viewer, executionId) => {
    requireScope(viewer, 'executions:read');
    // What is held is given back by the source itself, which holds nothing before it is pulled.
    return pullStream((signal) => follow({ viewer, executionId, sumsOf, ...deps }, signal), nothing);
  };
}

const nothing = (): void => undefined;

interface Following extends FollowUsageDeps {
  readonly viewer: Viewer;
  readonly executionId: ExecutionId;
  readonly sumsOf: (view: ExecutionView) => SharedSums;
}

async function* follow(of: Following, signal: AbortSignal): AsyncGenerator<UsageNews, void, undefined> {
  const { viewer, executionId, ledgerReads, views } = of;
  const root = await ledgerReads.rootOf(viewer.tenant, executionId);
  const held = root && (await views.acquire(viewer.tenant, root));
  if (held === undefined) {
    yield { type: 'notFound', error: noExecution(executionId) };
    return;
  }
  try {
    yield* changes(of, held.view, signal);
  } finally {
    held.release();
  }
}

interface Sums {
  readonly usage: RunningUsage;
  /** Of the view when the sums were asked for: what was settled before that event is in them. */
  readonly sequence: number;
  readonly finished: boolean;
}

/** The sums of one root. Who asks while they are read, or shall rest, shares the next reading with all others. */
interface SharedSums {
  /** Of the monotonic clock. */
  readonly restUntilMs: number;
  read(): Promise<Sums>;
}

function shareSums(view: ExecutionView, { ledgerReads, clock, gatherMs }: FollowUsageDeps): SharedSums {
  let restUntilMs = -Infinity;

  async function readOnce(): Promise<Sums> {
    const { sequence, finished, tenant, executionId } = view;
    const beganAtMs = clock.monotonicMs();
    const usage = await ledgerReads.running(tenant, executionId);
    if (usage === undefined) throw new Error(`Execution ${executionId} is followed, but gone from the database.`);
    const endedAtMs = clock.monotonicMs();
    // The sums of a hundred thousand calls take a while: they are read for a tenth of the time at most.
    restUntilMs = Math.max(beganAtMs + gatherMs, endedAtMs + 9 * (endedAtMs - beganAtMs));
    // The row of the budget has what it was at the last call, and is not there before the first.
    const maxCostUsdMicros = view.execution().values?.budget.maxCostUsdMicros;
    return { usage: { ...usage, maxCostUsdMicros }, sequence, finished };
  }

  const read = coalesce<undefined, Sums>(async (asked) => {
    const sums = await readOnce();
    return asked.map(() => sums);
  }, Infinity);
  return {
    get restUntilMs() {
      return restUntilMs;
    },
    read: () => read(undefined),
  };
}

async function* changes(
  { sumsOf, clock, pollIntervalMs }: Following,
  view: ExecutionView,
  signal: AbortSignal,
): AsyncGenerator<UsageNews, void, undefined> {
  const shared = sumsOf(view);
  let told: RunningUsage | undefined;
  for (;;) {
    const restMs = shared.restUntilMs - clock.monotonicMs();
    if (restMs > 0) await clock.delay(restMs, signal);
    const { usage, sequence, finished } = await shared.read();
    if (!isDeepStrictEqual(usage, told)) yield { type: 'usage', usage };
    told = usage;
    if (finished && usage.reservedUsdMicros === 0n) return;
    if (finished) await clock.delay(pollIntervalMs, signal);
    else await view.beyond(sequence, signal);
  }
}
