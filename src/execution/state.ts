import type { Json } from '../core/json.ts';
import type { BodyPlan, NodePlan, Plan } from '../blueprint/plan.ts';
import type { CostBudget } from '../usage/budget.ts';
import type { SandboxReceipt } from '../usage/receipt.ts';
import type { Usage } from '../usage/usage.ts';
import type { Failure } from './events.ts';
import type { Note, Step } from './steps.ts';
import type { ExecutionStatus, NodeStatus } from './status.ts';

/** Where a value is: in the state (small), in the event of that sequence, or an artifact. */
export type StoredValue =
  { readonly value: Json } | { readonly sequence: number } | { readonly artifact: string; readonly bytes: number };

/** The fold of the events so far. Readers see it as it is now; only `apply` changes it. */
export interface ExecutionState {
  readonly blueprintId: string;
  readonly plan: Plan;
  readonly status: ExecutionStatus;
  readonly lastSequence: number;
  readonly lastAt: number;
  readonly requestedAt: number;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly deadlineAt: number | undefined;
  /** The bound that the request set on the time of running, besides the blueprint's own. */
  readonly maxWallMs: number | undefined;
  /** Versions of the registered tools that were pinned at the start, by name. */
  readonly tools: Readonly<Record<string, string>>;
  /** Of agents, and of models; an execution that an older release started has none pinned. */
  readonly agents: Readonly<Record<string, string>>;
  readonly models: Readonly<Record<string, string>>;
  /** The working memory of its agents, by key. */
  readonly notes: ReadonlyMap<string, Note>;
  readonly input: StoredValue;
  readonly output: StoredValue | undefined;
  readonly failure: Failure | undefined;
  readonly cancel:
    { readonly at: number; readonly requestedBy: string; readonly reason: string | undefined } | undefined;
  /** While it holds nothing begins. */
  readonly pause: Pause | undefined;
  /** What it may cost, after what its start and its resumes asked for. */
  /** Of the request. */
  readonly traceparent: string | undefined;
  readonly budget: CostBudget;
  readonly usage: Usage;
  /** Nodes and loop items known so far; total grows while loops unfold. */
  readonly progress: { readonly done: number; readonly total: number };
  readonly root: BodyState;
  /** Attempts of leaf nodes that were started and have no outcome, by path. Composites run in the journal, not in a process. */
  readonly running: ReadonlyMap<string, RunningAttempt>;
  /** Consecutive dead owners since the last recorded outcome. */
  readonly crashCount: number;
}

/** Why an execution holds still. */
export interface Pause {
  /** Since when nothing begins. */
  readonly at: number;
  readonly cause: 'requested' | 'budgetSoftLimit';
  /** `executionPaused` says it. */
  readonly isRecorded: boolean;
  /** Somebody asked that it goes on; `executionResumed` is what comes next. */
  readonly isResuming: boolean;
}

export interface RunningAttempt {
  readonly path: string;
  readonly attempt: number;
  readonly startedAt: number;
  readonly node: NodePlan;
  readonly body: BodyState;
}

/** The nodes of one place: the top, one iteration, one branch. */
export interface BodyState {
  readonly plan: BodyPlan;
  /** `''` at the top, else `audit[17]` or `both.a`; a node's path is `<body path>.<name>`, at the top its name. */
  readonly path: string;
  readonly parent: { readonly body: BodyState; readonly node: NodeState } | undefined;
  readonly nodes: readonly NodeState[];
  /** Of a loop's body: the item's place. */
  readonly index: number | undefined;
  readonly output: StoredValue | undefined;
  readonly status: 'running' | 'succeeded' | 'failed';
}

export interface NodeState {
  readonly plan: NodePlan;
  readonly path: string;
  readonly status: NodeStatus;
  /** Attempts begun so far. */
  readonly attempt: number;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly retryAt: number | undefined;
  readonly output: StoredValue | undefined;
  readonly failure: Failure | undefined;
  readonly usage: Usage;
  /** Of its last attempt, once that has ended in a sandbox. Never of what lies in a loop: there may be 100,000 of it. */
  readonly receipt: SandboxReceipt | undefined;
  /** Of an attempt that goes in steps, with those of attempts before it that it goes on from. */
  readonly steps: readonly Step[] | undefined;
  /** Of a loop or parallel node: iterations or branches. */
  readonly progress: { readonly done: number; readonly total: number } | undefined;
  /** Of an open loop: its items. */
  readonly items: StoredValue | undefined;
  /** Of an open composite: what its bodies answered so far, by the place of the iteration or branch. */
  readonly outputs: readonly (StoredValue | undefined)[] | undefined;
}
