import type { EventUsage } from '../execution/events.ts';
import { abandonedAttempts } from '../execution/replay.ts';
import type { ExecutionState } from '../execution/state.ts';
import type { OpenAppend } from './open-append.ts';
import type { OwnedExecution, RunDeps } from './run.ts';

interface Opening extends Pick<RunDeps, 'pinOf' | 'defaultDeadlineMs'> {
  readonly of: OwnedExecution;
  readonly now: number;
  /** What attempts of a former owner were charged, by path. */
  readonly spent: ReadonlyMap<string, EventUsage>;
}

/** What a new owner records first: the start of an execution that was only requested, the end of what others left running. */
export function recordOpening(append: OpenAppend, state: ExecutionState, opening: Opening): void {
  if (state.startedAt === undefined) {
    const { maxWallMs } = state.plan.budget;
    const deadlineMs = Math.min(maxWallMs ?? opening.defaultDeadlineMs, state.maxWallMs ?? opening.defaultDeadlineMs);
    const { tools, agents, models } = opening.pinOf(state.plan);
    // From the instant that the event will have: instants never run backwards within an execution.
    const startedAt = Math.max(opening.now, state.lastAt);
    append.record({
      ...{ type: 'executionStarted', tools, deadlineAt: startedAt + deadlineMs },
      ...(Object.keys(agents).length > 0 && { agents }),
      ...(Object.keys(models).length > 0 && { models }),
    });
    return;
  }
  const cause = opening.of.previousOwnerDied ? 'ownerDied' : 'shutdown';
  for (const draft of abandonedAttempts(state, cause, opening.spent)) append.record(draft);
}
