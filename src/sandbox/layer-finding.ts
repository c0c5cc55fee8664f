/** What may confine a worker, each to be had or not: layers, control groups around them, and tools in other languages. */
export type LayerName = 'full' | 'base' | 'cgroup' | 'shell';

/** Why something is missing, and what an operator can do about it. */
export interface Explanation {
  readonly why: string;
  /** Absent where nothing can be done on this system. */
  readonly remedy?: string | undefined;
}

/** Whether this machine has it; tried, and not guessed. */
export type LayerFinding =
  | {
      readonly name: LayerName;
      readonly available: true;
      /** What is less than it could be, where something is. */
      readonly why?: string | undefined;
      readonly remedy?: string | undefined;
    }
  | ({ readonly name: LayerName; readonly available: false } & Explanation);

/** One finding as the start and `iceos doctor` tell it: what is missing and, on a line of its own, what to do. */
export function explainFinding({ why, remedy }: LayerFinding): string {
  return [why, remedy].filter((line) => line !== undefined).join('\n');
}
