import type { AttemptSteps, RecordedStep, StepDraft } from '../attempt-steps.ts';

export type StepType = RecordedStep['type'];
export type RecordedStepOf<T extends StepType> = Extract<RecordedStep, { type: T }>;

/** What was done before this attempt, found by what it is, and the way to record what is done now. */
export interface StepLog {
  /** The step of that type and place, when it is done already. */
  find<T extends StepType>(type: T, at: StepPlace): RecordedStepOf<T> | undefined;
  record(step: StepDraft): Promise<void>;
}

/** What tells steps of one type apart. */
export interface StepPlace {
  readonly thread?: string;
  readonly turn?: number;
  readonly call?: number;
  readonly round?: number;
  readonly agent?: string;
  readonly to?: string;
}

export async function openStepLog(steps: AttemptSteps): Promise<StepLog> {
  const done = await steps.recorded();
  return {
    find: <T extends StepType>(type: T, at: StepPlace) => {
      const wanted = Object.entries(at);
      const isAt = (step: RecordedStep): boolean => {
        const members: Readonly<Record<string, unknown>> = { ...step };
        return wanted.every(([name, value]) => members[name] === value);
      };
      const isOfType = (step: RecordedStep): step is RecordedStepOf<T> => step.type === type;
      return done.filter(isOfType).find(isAt);
    },
    record: steps.record,
  };
}
