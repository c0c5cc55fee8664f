import type { Clock } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import type { ExecutionState, RunningAttempt, StoredValue } from '../execution/state.ts';
import { stepsOf, type Step, type StepEvent } from '../execution/steps.ts';
import { AttemptStopped } from './attempt-stopped.ts';
import type { Keep, Maybe } from './executor.ts';
import { patiently } from './patiently.ts';

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

/** A step says more than a value may be: its attempt fails by that, and another one would again. */
export class StepTooLargeError extends Error {
  override readonly name = 'StepTooLargeError';
}

/** The steps of one attempt, and of those before it that it goes on from. */
export interface AttemptSteps {
  /** What is done already, in order. */
  recorded(): Promise<readonly RecordedStep[]>;
  /** Durable when it resolves. Rejects with `AttemptStopped` or `StepTooLargeError`. */
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
  readonly clock: Pick<Clock, 'delay'>;
  readonly keep: Keep;
  readonly loadAll: (stored: readonly StoredValue[]) => Maybe<readonly Json[]>;
  readonly onStep: (pending: PendingStep) => void;
}

export function openSteps(
  { path, attempt }: RunningAttempt,
  signal: AbortSignal,
  deps: AttemptStepsDeps,
): AttemptSteps {
  const { state, clock } = deps;
  /** Notes that are on their way, by key. */
  const writing = new Map<string, number>();
  // Counted here: those that wait for their place come before the next one.
  let count = stepsOf(state(), path).length;

  /** Resolves when the journal has the step. */
  const committed = (placed: Omit<PendingStep['draft'], 'path' | 'attempt' | 'step'>): Promise<void> =>
    new Promise((resolve, reject) => {
      const stop = (): void => reject(signal.reason as Error); // always an AttemptStopped
      signal.addEventListener('abort', stop, { once: true });
      const end = (settle: () => void) => (): void => {
        signal.removeEventListener('abort', stop);
        settle();
      };
      count += 1;
      // Its members are those of one kind of step, as they were those of its draft.
      const draft = { ...placed, path, attempt, step: count } as PendingStep['draft'];
      const refuse = end(() => reject(new AttemptStopped('leaseLost')));
      deps.onStep({ path, attempt, draft, done: end(resolve), refuse });
    });

  async function record({ value, ...facts }: StepDraft): Promise<void> {
    // What is done stays done while the database is away.
    const kept = value === undefined ? undefined : await patiently(clock, () => deps.keep(value), signal);
    if (kept !== undefined && 'tooLarge' in kept) throw new StepTooLargeError(`What a step says ${kept.tooLarge}.`);
    signal.throwIfAborted();
    await committed({ ...facts, ...(kept && { value: kept }) });
  }

  return {
    async recorded() {
      const steps = stepsOf(state(), path);
      const stored = steps.flatMap(({ value }) => value ?? []);
      const values = [...(await patiently(clock, () => deps.loadAll(stored), signal))];
      return steps.map(({ event, value }) =>
        value === undefined ? event : { ...event, value: values.shift() ?? null },
      );
    },
    record(step) {
      if (step.type !== 'noteWritten') return record(step);
      writing.set(step.key, step.bytes);
      return record(step).finally(() => writing.delete(step.key));
    },
    mayGoOn: () => state().pause === undefined,
    notes: {
      list() {
        const sizes = new Map([...state().notes].map(([key, { bytes }]) => [key, bytes]));
        for (const [key, bytes] of writing) sizes.set(key, bytes);
        return [...sizes].map(([key, bytes]) => ({ key, bytes }));
      },
      async read(key) {
        const note = state().notes.get(key);
        if (note === undefined) return undefined;
        const [value = null] = await patiently(clock, () => deps.loadAll([note.value]), signal);
        return value;
      },
    },
  };
}
