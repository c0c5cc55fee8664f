import type { JsonObject } from '../core/json.ts';
import type { Blueprint } from '../blueprint/blueprint.ts';
import type { GrantsSpec } from '../blueprint/grants.ts';
import type { LimitsSpec, NodeSpec, NodeSpecOf, RetryPolicy } from '../blueprint/node.ts';
import type { Expr, Ref, TemplateValue, ValueOf } from './references.ts';
import type { FromSchema } from './schema-type.ts';
import type { ToolInput, ToolOutput } from './tool-types.ts';

/** What the compiler knows at one place of a blueprint: the types behind every name that may be read there. */
export interface Environment {
  readonly input: unknown;
  /** Outputs by the name of the node. */
  readonly nodes: object;
  /** Names of nodes of this body. */
  readonly beside: string;
  /** Items of the loops around it, and `index`. */
  readonly locals: object;
}

/** What a template may read. */
export type Readable<E extends Environment> = {
  readonly input: Ref<E['input']>;
  readonly nodes: { readonly [N in keyof E['nodes']]: NodeRef<E['nodes'][N]> };
} & { readonly [L in keyof E['locals']]: Ref<E['locals'][L]> };

/** What other nodes may read of a node. */
export interface NodeRef<Output> {
  readonly output: Ref<Output>;
  /** Of a node that failed and let others go on. */
  readonly failure: Ref<{ readonly reason: string; readonly message: string }>;
}

/** A value, or a function that makes it of what may be read. */
export type Give<E extends Environment, V> = V | ((readable: Readable<E>) => V);

/** A name that no other node has. */
export type NewName<E extends Environment, N extends string> = N extends keyof E['nodes']
  ? `There is a node "${N}" already.`
  : N;

/** The type that `returns` declares; it exists for the compiler only. */
export interface Shape<T> {
  readonly shapeOf?: T;
}

/** What every node may have. */
export interface NodeOptions<E extends Environment> {
  readonly description?: string;
  /** Nodes to wait for where no data is read. */
  readonly after?: readonly E['beside'][];
  /** False: the node is skipped. */
  readonly when?: Give<E, Expr<boolean>>;
  readonly join?: 'all' | 'any';
  readonly retry?: RetryPolicy;
  readonly limits?: LimitsSpec;
  readonly onFailure?: 'fail' | 'continue';
  /** Runs only when that node has failed, and answers in its place. */
  readonly fallbackFor?: E['beside'];
  readonly onAbandon?: 'retry' | 'fail';
}

/** The environment behind one more node. */
type With<E extends Environment, N extends string, Output> = {
  readonly input: E['input'];
  readonly nodes: E['nodes'] & { readonly [K in N]: Output };
  readonly beside: E['beside'] | N;
  readonly locals: E['locals'];
};

/** The environment inside a composite: the outer nodes can be read, and are not beside. */
type Inside<E extends Environment, Locals extends object = object> = {
  readonly input: E['input'];
  readonly nodes: E['nodes'];
  readonly beside: never;
  readonly locals: Omit<E['locals'], keyof Locals> & Locals;
};

type Place = 'blueprint' | 'body';
type BuilderAt<P extends Place, E extends Environment> = P extends 'blueprint' ? BlueprintBuilder<E> : BodyBuilder<E>;
type Next<P extends Place, E extends Environment, N extends string, Output> = BuilderAt<P, With<E, N, Output>>;

/** One method for each kind of node; each answers with a new builder, and changes nothing. */
export interface Steps<P extends Place, E extends Environment> {
  /** Evaluates a template. */
  transform<N extends string, V extends TemplateValue>(
    name: NewName<E, N>,
    output: Give<E, V>,
    options?: NodeOptions<E>,
  ): Next<P, E, N, ValueOf<V>>;
  /** Calls a registered tool. */
  tool<N extends string, T extends string, Output = ToolOutput<T>>(
    name: NewName<E, N>,
    tool: T,
    input: Give<E, ToolInput<T>>,
    options?: ToolOptions<E> & { readonly returns?: Shape<Output> },
  ): Next<P, E, N, Output>;
  /** Runs JavaScript: the body of an async function of `input`. */
  code<N extends string, Output = unknown>(name: NewName<E, N>, code: CodeOptions<E, Output>): Next<P, E, N, Output>;
  /** Asks a model once. */
  llm<N extends string, const S extends JsonObject | undefined = undefined>(
    name: NewName<E, N>,
    llm: LlmOptions<E, S>,
  ): Next<P, E, N, ModelOutput<S>>;
  /** Lets a registered agent work on a task, with its tools and memories. */
  agent<N extends string, const S extends JsonObject | undefined = undefined>(
    name: NewName<E, N>,
    agent: AgentOptions<E, S>,
  ): Next<P, E, N, AgentOutput<S>>;
  /** Lets several registered agents work on one task. */
  swarm<N extends string>(name: NewName<E, N>, swarm: SwarmOptions<E>): Next<P, E, N, SwarmOutput>;
  /** Runs a body for each item of a list. */
  loop<N extends string, Items extends LoopItems, Output, As extends string = 'item'>(
    name: NewName<E, N>,
    loop: LoopOptions<E, Items, Output, As>,
  ): Next<P, E, N, readonly Output[]>;
  /** Runs the first branch whose condition holds. */
  condition<N extends string, Output>(
    name: NewName<E, N>,
    branches: (choose: BranchBuilder<Inside<E>, never>) => Branches<Output>,
    options?: NodeOptions<E>,
  ): Next<P, E, N, Output>;
  /** Runs branches side by side. */
  parallel<N extends string, B extends ParallelBranches<E>, M extends Merge = 'all'>(
    name: NewName<E, N>,
    parallel: ParallelOptions<E, B, M>,
  ): Next<P, E, N, Merged<B, M>>;
}

export interface ToolOptions<E extends Environment> extends NodeOptions<E> {
  /** What it asks to reach outside: hosts, folders, secrets. */
  readonly grants?: GrantsSpec;
}

export interface CodeOptions<E extends Environment, Output> extends NodeOptions<E> {
  readonly source: string;
  readonly input?: Give<E, TemplateValue>;
  /** What the code answers, for the compiler: `returns: shape<{ letters: number }>()`. */
  readonly returns?: Shape<Output>;
}

export interface LlmOptions<E extends Environment, S> extends NodeOptions<E> {
  /** Name of a registered model. */
  readonly model: string;
  readonly system?: Give<E, TemplateValue>;
  readonly prompt?: Give<E, TemplateValue>;
  /** In place of `prompt`: a list of `{ role, text }`. */
  readonly messages?: Give<E, TemplateValue>;
  /** The model then answers JSON that fits it, found in `output.json`. */
  readonly outputSchema?: S;
  readonly parameters?: NodeSpecOf<'llm'>['parameters'];
}

/** What a model answered. */
export type ModelOutput<S> = {
  readonly text: string;
  readonly finish: string;
  readonly model: string;
} & (S extends JsonObject ? { readonly json: FromSchema<S> } : object);

/** What agents are asked. */
interface AskOptions<E extends Environment> extends NodeOptions<E> {
  readonly prompt: Give<E, TemplateValue>;
  /** Which past an episodic memory recalls. Default: that of the execution alone. */
  readonly session?: Give<E, TemplateValue>;
  /** Of one agent; at most its own. */
  readonly maxTurns?: number;
  /** What the step relies on of the memories of its agents, by name. */
  readonly memory?: NodeSpecOf<'agent'>['memory'];
}

export interface AgentOptions<E extends Environment, S> extends AskOptions<E> {
  /** Name of a registered agent. */
  readonly agent: string;
  /** The agent then answers JSON that fits it, found in `output.json`. */
  readonly outputSchema?: S;
}

/** What an agent answered. */
export type AgentOutput<S> = {
  readonly text: string;
  readonly finish: string;
  readonly agent: string;
  readonly turns: number;
} & (S extends JsonObject ? { readonly json: FromSchema<S> } : object);

export interface SwarmOptions<E extends Environment>
  extends AskOptions<E>, Pick<NodeSpecOf<'swarm'>, 'strategy' | 'lead' | 'quorum' | 'maxRounds'> {
  /** Names of registered agents. */
  readonly agents: readonly string[];
}

/** What a swarm answered, and whose answer it is. */
export interface SwarmOutput {
  readonly text: string;
  readonly agent: string;
  readonly rounds: number;
}

/** A list, written down or read. */
export type LoopItems = Expr<readonly unknown[]> | readonly TemplateValue[];
type ItemOf<Items> =
  Items extends Expr<readonly (infer Item)[]> ? Item : Items extends readonly (infer V)[] ? ValueOf<V> : never;

/** Write `items` before `body`: its type is what the body calls an item. */
export interface LoopOptions<E extends Environment, Items, Output, As extends string> extends NodeOptions<E> {
  readonly items: Give<E, Items>;
  readonly as?: As;
  readonly concurrency?: number;
  readonly maxIterations?: number;
  readonly body: (
    body: BodyBuilder<Inside<E, { readonly [K in As]: ItemOf<Items> } & { readonly index: number }>>,
  ) => FinishedBody<Output>;
}

export type ParallelBranches<E extends Environment> = Readonly<
  Record<string, (body: BodyBuilder<Inside<E>>) => FinishedBody<unknown>>
>;
export type Merge = 'all' | 'first' | { readonly atLeast: number };
type Merged<B, M extends Merge> = M extends 'first'
  ? OutputsOf<B>[keyof B]
  : M extends 'all'
    ? OutputsOf<B>
    : Partial<OutputsOf<B>>;
type OutputsOf<B> = {
  readonly [K in keyof B]: B[K] extends (...args: never) => FinishedBody<infer Output> ? Output : never;
};

export interface ParallelOptions<E extends Environment, B, M> extends NodeOptions<E> {
  readonly branches: B;
  readonly merge?: M;
  readonly maxConcurrency?: number;
}

/** A body to which nothing is added any more. */
export interface FinishedBody<Output> {
  readonly outputOf?: Output;
  readonly nodes: Readonly<Record<string, NodeSpec>>;
}

/** Writes the nodes of a composite. Without an output it answers null. */
export interface BodyBuilder<E extends Environment> extends Steps<'body', E>, FinishedBody<null> {
  output<V extends TemplateValue>(output: Give<E, V>): FinishedBody<ValueOf<V>>;
}

/** The branches of a condition. */
export interface Branches<Output> {
  readonly branchOf?: Output;
}

/** Writes the branches of a condition in the order in which they are tried. */
export interface BranchBuilder<E extends Environment, Output> extends Branches<Output | null> {
  when<Each>(
    condition: Give<E, Expr<boolean>>,
    body: (body: BodyBuilder<E>) => FinishedBody<Each>,
  ): BranchBuilder<E, Output | Each>;
  otherwise<Each>(body: (body: BodyBuilder<E>) => FinishedBody<Each>): Branches<Output | Each>;
}

/** Writes a blueprint; immutable: each call returns a new one. */
export interface BlueprintBuilder<E extends Environment> extends Steps<'blueprint', E>, FinishedBlueprint {
  description(description: string): BlueprintBuilder<E>;
  /** The JSON Schema of the input. Its type follows from the schema; where that says too little, give it. */
  input<const S extends JsonObject>(schema: S): BlueprintBuilder<WithInput<E, FromSchema<S>>>;
  input<Input>(schema: JsonObject): BlueprintBuilder<WithInput<E, Input>>;
  budget(budget: NonNullable<Blueprint['budget']>): BlueprintBuilder<E>;
  /** What the execution answers. */
  output(output: Give<E, TemplateValue>): FinishedBlueprint;
}

type WithInput<E extends Environment, Input> = Omit<E, 'input'> & { readonly input: Input };

/** A blueprint that is written to its end. */
export interface FinishedBlueprint {
  /** Gives the document; throws when it is none, for example by a name that is not allowed. */
  build(): Blueprint;
}
