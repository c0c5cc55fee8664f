import { apply } from '../execution/apply.ts';
import type { EventDraft, ExecutionEvent } from '../execution/events.ts';
import { isTerminalEvent } from '../execution/events.ts';
import { toEvent } from '../execution/replay.ts';
import type { ExecutionState } from '../execution/state.ts';

/** The events of one append while it is being made: each is applied to the state as it is recorded. */
export interface OpenAppend {
  readonly events: readonly ExecutionEvent[];
  /** Last sequence of the journal before this append. */
  readonly expected: number;
  record(draft: EventDraft): void;
}

/** Whether it ends the execution: nothing may be recorded behind that. */
export function endsIt({ events }: OpenAppend): boolean {
  const last = events.at(-1);
  return last !== undefined && isTerminalEvent(last);
}

export function openAppend(state: ExecutionState, now: number): OpenAppend {
  const events: ExecutionEvent[] = [];
  const expected = state.lastSequence;
  return {
    events,
    expected,
    record(draft) {
      const event = toEvent(state, draft, now);
      apply(state, event);
      events.push(event);
    },
  };
}
