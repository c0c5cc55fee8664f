import type { JsonObject } from '../core/json.ts';
import type { CompiledTemplate } from '../expression/template.ts';
import type { Budget } from '../usage/budget.ts';
import type { Limits } from '../usage/limits.ts';
import type { GrantLists } from './grants.ts';
import type { NodeKind, NodeSpec, NodeSpecOf } from './node.ts';

/** What the compiler makes of a revision and the orchestrator runs: the same nodes with every default resolved. */
export interface Plan {
  readonly name: string;
  readonly fingerprint: string;
  readonly inputSchema: JsonObject | undefined;
  readonly budget: Budget;
  readonly root: BodyPlan;
  /** Top-level names in an order in which each comes after what it needs. */
  readonly order: readonly string[];
  /** The longest chain by timeout: what bounds the time of an execution. */
  readonly criticalPath: readonly string[];
  /** Nodes at every depth, as written. */
  readonly nodeCount: number;
}

/** The nodes that run side by side in one place: the top, one iteration of a loop, one branch. */
export interface BodyPlan {
  /** In topological order; `NodePlan.index` is the place in this list. */
  readonly nodes: readonly NodePlan[];
  /** Absent: the output is null. */
  readonly output: CompiledTemplate | undefined;
}

export interface BranchPlan {
  /** `0`, `1`, ... and `otherwise` of a condition, the name of a branch of a parallel node. */
  readonly name: string;
  /** Of a condition's branch. */
  readonly when: CompiledTemplate | undefined;
  readonly body: BodyPlan;
}

interface NodePlanOf<K extends NodeKind> {
  readonly kind: K;
  readonly name: string;
  readonly index: number;
  readonly spec: NodeSpecOf<K>;
  /** Indices of the nodes of the same body that must have ended first. */
  readonly needs: readonly number[];
  readonly dependents: readonly number[];
  readonly when: CompiledTemplate | undefined;
  readonly join: 'all' | 'any';
  readonly retry: RetryPlan;
  readonly limits: Limits;
  readonly onFailure: OnFailure;
  readonly onAbandon: 'retry' | 'fail';
  /** Set when this node runs only after the failure of the node with that index. */
  readonly fallbackFor: number | undefined;
}

export type OnFailure = { readonly mode: 'fail' | 'continue' } | { readonly mode: 'fallback'; readonly index: number };

export interface RetryPlan {
  readonly attempts: number;
  readonly backoff: 'fixed' | 'linear' | 'exponential';
  readonly delayMs: number;
  readonly maxDelayMs: number;
  readonly jitter: number;
  /** Undefined: every failure that says it is retryable. */
  readonly on: readonly string[] | undefined;
}

export interface TransformPlan extends NodePlanOf<'transform'> {
  readonly output: CompiledTemplate;
}
export interface ToolPlan extends NodePlanOf<'tool'> {
  readonly input: CompiledTemplate;
  /** What it asks to reach, all of it declared by its tool; what it gets is decided by the policy at each attempt. */
  readonly grants: GrantLists;
}
export interface CodePlan extends NodePlanOf<'code'> {
  readonly input: CompiledTemplate;
}
export interface LlmPlan extends NodePlanOf<'llm'> {
  /** Evaluates to the members of `ModelAsk` that were written. */
  readonly input: CompiledTemplate;
}
export interface AgentPlan extends NodePlanOf<'agent'> {
  /** Evaluates to the members of `AgentAsk` that were written. */
  readonly input: CompiledTemplate;
}
export interface SwarmPlan extends NodePlanOf<'swarm'> {
  /** Evaluates to the members of `AgentAsk` that were written. */
  readonly input: CompiledTemplate;
  /** Of a hierarchical swarm. */
  readonly lead: string;
  /** Of a consensus: the share of the votes, and how often it is tried. */
  readonly quorum: number;
  readonly maxRounds: number;
}
export interface ConditionPlan extends NodePlanOf<'condition'> {
  /** `otherwise`, when there is one, is the last and has no `when`. */
  readonly branches: readonly BranchPlan[];
}
export interface LoopPlan extends NodePlanOf<'loop'> {
  readonly items: CompiledTemplate;
  readonly as: string;
  readonly concurrency: number;
  readonly maxIterations: number;
  readonly body: BodyPlan;
}
export interface ParallelPlan extends NodePlanOf<'parallel'> {
  readonly branches: readonly BranchPlan[];
  readonly maxConcurrency: number;
  /** How many branches must succeed; the others are canceled. */
  readonly required: number;
  /** `first` answers with that branch's output alone; else the output maps branch names to outputs. */
  readonly merge: 'all' | 'first' | 'atLeast';
}

export type NodePlan =
  TransformPlan | ToolPlan | CodePlan | LlmPlan | AgentPlan | SwarmPlan | ConditionPlan | LoopPlan | ParallelPlan;
export type NodePlanByKind = { [P in NodePlan as P['kind']]: P };

/** A node kind that acts outside the process; its `attemptStarted` is durable before it acts. */
export const hasEffect = (kind: NodeSpec['kind']): kind is EffectKind => EFFECT_KINDS.has(kind);

const EFFECTS = ['tool', 'code', 'llm', 'agent', 'swarm'] as const satisfies readonly NodeKind[];
export type EffectKind = (typeof EFFECTS)[number];
const EFFECT_KINDS: ReadonlySet<NodeKind> = new Set(EFFECTS);

/** A node kind whose attempts call models, which may be billed whatever becomes of the attempt. */
export const callsModels = (kind: NodeKind | undefined): boolean =>
  kind === 'llm' || kind === 'agent' || kind === 'swarm';

/** A node kind whose attempts record what they do step by step, so that another one can go on. */
export const goesInSteps = (kind: NodeKind): boolean => kind === 'agent' || kind === 'swarm';
