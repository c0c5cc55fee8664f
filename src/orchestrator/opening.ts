import { abandonedAttempts } from '../execution/replay.ts';
import type { ExecutionState } from '../execution/state.ts';
import type { ExecutionId } from '../core/ids.ts';
import type { LedgerStore } from '../store/ledger-store.ts';
import type { OpenAppend } from './open-append.ts';
import type { OwnedExecution, RunDeps } from './run.ts';

interface Opening extends Pick<RunDeps, 'toolVersions' | 'defaultDeadlineMs'> {
  readonly of: OwnedExecution;
  readonly now: number;
}

/**
 * Settles what attempts that nobody carries any more may have been billed for, before the journal says that they are
 * abandoned. Whoever does it twice finds nothing left.
 */
export async function settleAbandoned(
  { executionId, attempts, at }: LeftAttempts,
  ledger: Pick<LedgerStore, 'settleEstimated'>,
): Promise<void> {
  for (const { path, attempt } of attempts) await ledger.settleEstimated({ executionId, path, attempt }, at);
}

interface LeftAttempts {
  readonly executionId: ExecutionId;
  /** Of kinds that call models. */
  readonly attempts: readonly { readonly path: string; readonly attempt: number }[];
  readonly at: Date;
}

/** What a new owner records first: the start of an execution that was only requested, the end of what others left running. */
export function recordOpening(append: OpenAppend, state: ExecutionState, opening: Opening): void {
  if (state.startedAt === undefined) {
    const { maxWallMs } = state.plan.budget;
    const deadlineMs = Math.min(maxWallMs ?? opening.defaultDeadlineMs, state.maxWallMs ?? opening.defaultDeadlineMs);
    const tools = opening.toolVersions(state.plan);
    // From the instant that the event will have: instants never run backwards within an execution.
    const startedAt = Math.max(opening.now, state.lastAt);
    append.record({ type: 'executionStarted', tools, deadlineAt: startedAt + deadlineMs });
    return;
  }
  const cause = opening.of.previousOwnerDied ? 'ownerDied' : 'shutdown';
  for (const draft of abandonedAttempts(state, cause)) append.record(draft);
}
