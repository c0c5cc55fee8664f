import type { AttemptSteps, RecordedStep, StepDraft } from '../attempt-steps.ts';

type StepType = RecordedStep['type'];
type RecordedStepOf<T extends StepType> = Extract<RecordedStep, { type: T }>;

/** What tells the steps of one type apart. */
export interface StepPlace {
  readonly pastRecalled: { readonly thread: string };
  readonly agentTurned: { readonly thread: string; readonly turn: number };
  readonly toolCalled: { readonly thread: string; readonly turn: number; readonly call: number };
  readonly taskHandedOver: { readonly thread: string };
  readonly voteCast: { readonly thread: string };
  readonly roundEnded: { readonly round: number };
}

/** What was done before this attempt, found by what it is, and the way to record what is done now. */
export interface StepLog {
  /** The step of that type and place, when it is done already. */
  find<T extends keyof StepPlace>(type: T, at: StepPlace[T]): RecordedStepOf<T> | undefined;
  record(step: StepDraft): Promise<void>;
}

export async function openStepLog(steps: AttemptSteps): Promise<StepLog> {
  const done = new Map<string, RecordedStep>();
  for (const step of await steps.recorded()) done.set(keyOf(step.type, step), step);
  return {
    find: <T extends keyof StepPlace>(type: T, at: StepPlace[T]) => {
      const step = done.get(keyOf(type, at));
      // The key says its type.
      return step as RecordedStepOf<T> | undefined;
    },
    record: steps.record,
  };
}

interface Place {
  readonly thread?: string;
  readonly turn?: number;
  readonly call?: number;
  readonly round?: number;
}

function keyOf(type: StepType, { thread = '', turn, call, round }: Place): string {
  switch (type) {
    case 'agentTurned':
      return JSON.stringify([type, thread, turn]);
    case 'toolCalled':
      return JSON.stringify([type, thread, turn, call]);
    case 'roundEnded':
      return JSON.stringify([type, round]);
    case 'taskHandedOver':
    case 'voteCast':
    case 'noteWritten':
    case 'pastRecalled':
      return JSON.stringify([type, thread]);
  }
}
