import type { Plan } from '../blueprint/plan.ts';
import { apply } from './apply.ts';
import { createState } from './create-state.ts';
import type { EventDraft, EventUsage, ExecutionEvent, ExecutionEventOf, RecordedEvent } from './events.ts';
import type { ExecutionState } from './state.ts';

/** The state after all events of a journal, the first of which is `executionRequested`. */
export function replay(plan: Plan, events: readonly RecordedEvent[]): ExecutionState {
  const [first, ...rest] = events;
  if (first?.type !== 'executionRequested') throw new Error('A journal begins with executionRequested.');
  const state = createState(plan, first);
  for (const event of rest) apply(state, event);
  return state;
}

/** The draft as the next event of the state. Instants never run backwards within an execution. */
export function toEvent(state: ExecutionState, draft: EventDraft, now: number): ExecutionEvent {
  // The two stand in front, which V8 copies five times as fast as behind.
  return { sequence: state.lastSequence + 1, at: Math.max(now, state.lastAt), ...draft };
}

/** What a new owner records first: every attempt that has no outcome is abandoned. `spent` is by path. */
export function abandonedAttempts(
  state: ExecutionState,
  cause: ExecutionEventOf<'attemptAbandoned'>['cause'],
  spent: ReadonlyMap<string, EventUsage> = new Map(),
): readonly EventDraft[] {
  return [...state.running.values()].map(({ path, attempt }) => {
    const usage = spent.get(path);
    return { type: 'attemptAbandoned', path, attempt, cause, ...(usage && { usage }) };
  });
}
