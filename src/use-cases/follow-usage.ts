import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../core/clock.ts';
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
  readonly ledgerReads: Pick<LedgerReads, 'running'>;
  readonly views: Pick<ExecutionViews, 'acquire'>;
  readonly clock: Clock;
  /** Between two messages: what changes meanwhile is told together. */
  readonly gatherMs: number;
  /** How often is looked at calls that are on their way although their execution has ended: no event tells of them. */
  readonly pollIntervalMs: number;
}

export function createFollowUsage(deps: FollowUsageDeps): FollowUsage {
  return (viewer, executionId) => {
    requireScope(viewer, 'executions:read');
    // What is held is given back by the source itself, which holds nothing before it is pulled.
    return pullStream((signal) => follow({ viewer, executionId, ...deps }, signal), nothing);
  };
}

const nothing = (): void => undefined;

interface Following extends FollowUsageDeps {
  readonly viewer: Viewer;
  readonly executionId: ExecutionId;
}

async function* follow(of: Following, signal: AbortSignal): AsyncGenerator<UsageNews, void, undefined> {
  const { viewer, executionId, ledgerReads, views } = of;
  const found = await ledgerReads.running(viewer.tenant, executionId);
  const held = found && (await views.acquire(viewer.tenant, found.rootExecutionId));
  if (held === undefined) {
    yield { type: 'notFound', error: noExecution(executionId) };
    return;
  }
  try {
    yield* sums(of, held.view, signal);
  } finally {
    held.release();
  }
}

/** Whatever was settled before an event is in the sums that are read after it. */
async function* sums(
  { viewer, ledgerReads, clock, gatherMs, pollIntervalMs }: Following,
  view: ExecutionView,
  signal: AbortSignal,
): AsyncGenerator<UsageNews, void, undefined> {
  let told: RunningUsage | undefined;
  for (;;) {
    const { sequence, finished } = view;
    const beganAtMs = clock.monotonicMs();
    const usage = await ledgerReads.running(viewer.tenant, view.executionId);
    if (usage === undefined) throw new Error(`Execution ${view.executionId} is followed, but gone from the database.`);
    const tookMs = clock.monotonicMs() - beganAtMs;
    if (!isDeepStrictEqual(usage, told)) yield { type: 'usage', usage };
    told = usage;
    if (finished && usage.reservedUsdMicros === 0n) return;
    // The sums of a hundred thousand calls take a while: they are read for a tenth of the time at most.
    await clock.delay(Math.max(finished ? pollIntervalMs : gatherMs, 9 * tookMs), signal);
    if (!finished) await view.beyond(sequence, signal);
  }
}
