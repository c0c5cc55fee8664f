import { hasEffect } from '../blueprint/plan.ts';
import type { ExecutionState } from '../execution/state.ts';
import type { OpenAppend } from './open-append.ts';
import type { OwnedExecution, RunDeps } from './run-execution.ts';

interface Opening extends Pick<RunDeps, 'toolVersions' | 'defaultDeadlineMs'> {
  readonly of: OwnedExecution;
  readonly now: number;
}

/** What a new owner records first: the start of an execution that was only requested, the end of what others left running. */
export function recordOpening(append: OpenAppend, state: ExecutionState, opening: Opening): void {
  if (state.startedAt === undefined) {
    const { maxWallMs } = state.plan.budget;
    const deadlineMs = Math.min(maxWallMs ?? opening.defaultDeadlineMs, state.maxWallMs ?? opening.defaultDeadlineMs);
    const tools = opening.toolVersions(state.plan);
    append.record({ type: 'executionStarted', tools, deadlineAt: opening.now + deadlineMs });
    return;
  }
  const cause = opening.of.previousOwnerDied ? 'ownerDied' : 'shutdown';
  for (const { path, attempt, node } of [...state.running.values()]) {
    if (hasEffect(node.kind)) append.record({ type: 'attemptAbandoned', path, attempt, cause });
  }
}
