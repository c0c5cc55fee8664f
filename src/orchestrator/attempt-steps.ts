import type { Json } from '../core/json.ts';
import type { ExecutionState, RunningAttempt, StoredValue } from '../execution/state.ts';
import { stepsOf, type Step, type StepEvent } from '../execution/steps.ts';
import { AttemptStopped } from './attempt-stopped.ts';
import type { Keep, Maybe } from './executor.ts';

type Valued<E> = E extends StepEvent ? Omit<E, 'sequence' | 'at' | 'path' | 'attempt' | 'step' | 'value'> : never;

/** A step as whoever takes it tells it: its value as it is. */
export type StepDraft = Valued<StepEvent> & { readonly value?: Json };

type Placed<E> = E extends StepEvent ? Omit<E, 'sequence' | 'at'> : never;

/** A step that waits for its place in the journal. */
export interface PendingStep {
  readonly path: string;
  readonly attempt: number;
  readonly draft: Placed<StepEvent>;
  /** It is durable. */
  done(): void;
  /** It never will be: the attempt is not this process's any more. */
  refuse(): void;
}

/** A recorded step with its value. */
export type RecordedStep = Step['event'] & { readonly value?: Json };

/** The steps of one attempt, and of those before it that it goes on from. */
export interface AttemptSteps {
  /** What is done already, in order. */
  recorded(): Promise<readonly RecordedStep[]>;
  /** Durable when it resolves. Rejects with `AttemptStopped`. */
  record(step: StepDraft): Promise<void>;
  /** False while the execution is paused: an attempt that can go on later ends as `paused` before its next step. */
  mayGoOn(): boolean;
  /** What stands in the working memory of the execution. */
  readonly notes: {
    list(): readonly { readonly key: string; readonly bytes: number }[];
    read(key: string): Promise<Json | undefined>;
  };
}

export interface AttemptStepsDeps {
  readonly state: () => ExecutionState;
  readonly keep: Keep;
  readonly load: (stored: StoredValue) => Maybe<Json>;
  readonly onStep: (pending: PendingStep) => void;
}

export function openSteps(
  { path, attempt }: RunningAttempt,
  signal: AbortSignal,
  deps: AttemptStepsDeps,
): AttemptSteps {
  const { state, load } = deps;
  // Counted here: those that wait for their place come before the next one.
  let count = stepsOf(state(), path).length;
  return {
    async recorded() {
      const steps: RecordedStep[] = [];
      for (const { event, value } of stepsOf(state(), path))
        steps.push(value === undefined ? event : { ...event, value: await load(value) });
      return steps;
    },
    async record({ value, ...facts }) {
      const kept = value === undefined ? undefined : await deps.keep(value);
      if (kept !== undefined && 'tooLarge' in kept) throw new Error(`What the step says ${kept.tooLarge}.`);
      signal.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const stop = (): void => reject(signal.reason as Error); // always an AttemptStopped
        signal.addEventListener('abort', stop, { once: true });
        const end = (settle: () => void) => (): void => {
          signal.removeEventListener('abort', stop);
          settle();
        };
        count += 1;
        // Its members are those of one kind of step, as they were those of its draft.
        const draft = { ...facts, path, attempt, step: count, ...(kept && { value: kept }) } as PendingStep['draft'];
        deps.onStep({
          ...{ path, attempt, draft },
          done: end(resolve),
          refuse: end(() => reject(new AttemptStopped('leaseLost'))),
        });
      });
    },
    mayGoOn: () => state().pause === undefined,
    notes: {
      list: () => [...state().notes].map(([key, { bytes }]) => ({ key, bytes })),
      async read(key) {
        const note = state().notes.get(key);
        return note === undefined ? undefined : await load(note.value);
      },
    },
  };
}
