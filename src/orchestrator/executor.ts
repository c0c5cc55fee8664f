import type { Json } from '../core/json.ts';
import type { NodeKind } from '../blueprint/node.ts';
import type { NodePlanByKind } from '../blueprint/plan.ts';
import type { Evaluated, CompiledTemplate } from '../expression/template.ts';
import type { EventDraft, Failure, Measured } from '../execution/events.ts';
import type { BodyState, ExecutionState } from '../execution/state.ts';
import type { DeltaChannel } from '../live/text-buffer.ts';
import type { Kept } from '../store/value-store.ts';
import type { AttemptSteps } from './attempt-steps.ts';
import type { Spender } from './charged-call.ts';

/** A value, or the promise of one where something has to be read first: pure steps stay free of needless ticks. */
export type Maybe<T> = T | Promise<T>;

/** Gives a value its place: in the event, or as an artifact that is committed when this resolves. */
export type Keep = (value: Json, maxBytes?: number) => Maybe<Kept>;

/** What an executor may use to begin a node that acts inside the process. */
export interface BeginContext {
  readonly state: ExecutionState;
  readonly body: BodyState;
  readonly path: string;
  readonly attempt: number;
  /** The instant of the journal's clock at which the node begins. */
  readonly now: number;
  readonly evaluate: (template: CompiledTemplate) => Maybe<Evaluated>;
  readonly keep: Keep;
}

/** Carries out a kind without effects: one event says what came of it. */
export interface InProcessExecutor<K extends NodeKind> {
  readonly effect: false;
  begin(node: NodePlanByKind[K], context: BeginContext): Maybe<EventDraft>;
}

/** Versions that the execution pinned at its start, by name; what is not in it is used as it is. */
export type Pinned = Pick<ExecutionState, 'tools' | 'agents' | 'models'>;

/** The version that is pinned under a name, if one is. */
export const versionIn = (pinned: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(pinned, name) ? pinned[name] : undefined;

/** One try at a node that acts outside the process; its `attemptStarted` is durable. */
export interface AttemptContext extends Spender {
  readonly input: Json;
  /** Equal for all attempts of the node in this execution. */
  readonly idempotencyKey: string;
  readonly pinned: Pinned;
  /** Of kinds that go in steps, so that nothing that is done is done again. */
  readonly steps: AttemptSteps;
  /** Tells those who follow what it says while it runs: words of a model (`text`), lines that it prints (`log`). Nothing of it is stored. */
  readonly say: (channel: DeltaChannel, piece: string) => void;
}

export type AttemptOutcome = Measured &
  (
    | { readonly type: 'succeeded'; readonly output: Json }
    | { readonly type: 'failed'; readonly failure: Failure }
    /** Ended because its signal fired. */
    | { readonly type: 'aborted' }
    /** Ended by itself before its next step, as the execution is paused: another attempt goes on. */
    | { readonly type: 'paused' }
  );

/** Carries out a kind with effects. Never rejects because of what the node did; settles soon after the signal fires. */
export interface EffectExecutor<K extends NodeKind> {
  readonly effect: true;
  run(node: NodePlanByKind[K], attempt: AttemptContext, signal: AbortSignal): Promise<AttemptOutcome>;
}

export interface Executors {
  readonly transform: InProcessExecutor<'transform'>;
  readonly condition: InProcessExecutor<'condition'>;
  readonly loop: InProcessExecutor<'loop'>;
  readonly parallel: InProcessExecutor<'parallel'>;
  readonly tool: EffectExecutor<'tool'>;
  readonly code: EffectExecutor<'code'>;
  readonly llm: EffectExecutor<'llm'>;
  readonly agent: EffectExecutor<'agent'>;
  readonly swarm: EffectExecutor<'swarm'>;
}
