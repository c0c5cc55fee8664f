import type { NodePlan, ParallelPlan, ConditionPlan, LoopPlan } from '../blueprint/plan.ts';
import type { EventDraft, Failure } from './events.ts';
import type { BodyState, NodeState } from './state.ts';

export type CompositePlan = ParallelPlan | ConditionPlan | LoopPlan;

/**
 * What the shell is asked to do. Nothing of a command is stored: what came of it comes back as events. `decide` gives the
 * same command again until its event has been applied; the shell knows by `path` (and attempt) what it has in hand.
 */
export type Command =
  /** All its needs have ended. The shell evaluates `when` (first attempt only), then starts the node by its kind. */
  | {
      readonly type: 'beginNode';
      readonly path: string;
      readonly node: NodePlan;
      readonly body: BodyState;
      readonly attempt: number;
    }
  /** All nodes of an iteration or branch have ended: evaluate its output, record `bodySucceeded` or `nodeFailed`. */
  | { readonly type: 'closeBody'; readonly path: string; readonly body: BodyState }
  /** A composite has all it needs: evaluate or gather its output, record `attemptSucceeded` or `nodeFailed`. */
  | {
      readonly type: 'closeNode';
      readonly path: string;
      readonly node: CompositePlan;
      readonly body: BodyState;
      /** The opened node: what `gatherOutput` reads. */
      readonly state: NodeState;
    }
  /** Decided without looking at a value. */
  | { readonly type: 'record'; readonly event: EventDraft }
  /** Stop this attempt; its outcome, `attemptCanceled` with this cause, is recorded when it is quiet. */
  | {
      readonly type: 'cancelAttempt';
      readonly path: string;
      readonly attempt: number;
      readonly cause: 'cancelRequested' | 'deadlinePassed' | 'siblingFailed' | 'notNeeded';
    }
  /** Everything ended well: evaluate the output of the blueprint, record `executionSucceeded` or `executionFailed`. */
  | { readonly type: 'succeed' }
  | { readonly type: 'fail'; readonly failure: Failure }
  /** Everything that ran is quiet after a cancel: record `executionCanceled`. */
  | { readonly type: 'cancel' };
