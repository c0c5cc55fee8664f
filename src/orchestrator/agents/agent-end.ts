import type { Json } from '../../core/json.ts';
import type { Failure, FailureReason } from '../../execution/events.ts';

/** How the work of an agent ended. */
export type AgentEnd =
  | {
      readonly type: 'answered';
      readonly text: string;
      readonly finish: string;
      readonly turns: number;
      /** Of an agent that answers by a schema. */
      readonly json?: Json;
    }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'aborted' }
  /** Before its next step, as the execution is paused. */
  | { readonly type: 'paused' };

export const failedEnd = (reason: FailureReason, message: string, retryable = false) =>
  ({ type: 'failed', failure: { reason, message, retryable } }) as const;
