import { addUsage, NO_USAGE, type Usage } from '../usage/usage.ts';
import { cellsOf, type NodeCell, type StateCell } from './cells.ts';
import { usageOf, type ExecutionEventOf, type Measured } from './events.ts';
import type { ExecutionState, StoredValue } from './state.ts';
import { toStoredValue } from './values.ts';

export type StepEventType =
  'pastRecalled' | 'agentTurned' | 'toolCalled' | 'taskHandedOver' | 'voteCast' | 'roundEnded' | 'noteWritten';
export type StepEvent = ExecutionEventOf<StepEventType>;

type WithoutValue<E> = E extends StepEvent ? Omit<E, 'value'> : never;

/** A recorded step, and where the value that it carries is. */
export interface Step {
  readonly event: WithoutValue<StepEvent>;
  readonly value: StoredValue | undefined;
}

/** What stands in the working memory of an execution. */
export interface Note {
  readonly value: StoredValue;
  /** As JSON. */
  readonly bytes: number;
}

/** Those of the node at that path, in order. */
export const stepsOf = (state: ExecutionState, path: string): readonly Step[] =>
  cellsOf(state).nodes.get(path)?.steps ?? [];

export const stepCount = ({ steps }: NodeCell): number => steps?.length ?? 0;

/** Keeps the step for an attempt that goes on behind it, and counts at once what it has cost. */
export function applyStep(state: StateCell, node: NodeCell, event: StepEvent): void {
  const { value: ref, ...facts } = { value: undefined, ...event };
  const value = ref && toStoredValue(ref, event.sequence);
  node.steps ??= [];
  node.steps.push({ event: facts, value });
  if (event.type === 'agentTurned') {
    const { inputTokens, outputTokens, costUsdMicros } = event;
    const used: Usage = { ...NO_USAGE, inputTokens, outputTokens, costUsdMicros: BigInt(costUsdMicros) };
    node.counted = addUsage(node.counted ?? NO_USAGE, used);
    addTo(state, node, used);
  }
  if (event.type !== 'noteWritten') return;
  if (value === undefined) state.notes.delete(event.key);
  else state.notes.set(event.key, { value, bytes: event.bytes });
}

/** Adds what an attempt used, without what its steps have told before. */
export function addMeasured(state: StateCell, node: NodeCell, measured: Measured): void {
  const used = usageOf(measured);
  const { counted } = node;
  node.counted = undefined;
  if (used === undefined) return;
  if (node.body.isListed) node.receipt = measured.receipt;
  addTo(state, node, counted === undefined ? used : without(used, counted));
}

function addTo(state: StateCell, node: NodeCell, used: Usage): void {
  state.usage = addUsage(state.usage, used);
  for (let at: NodeCell | undefined = node; at !== undefined; at = at.body.parent?.node)
    at.usage = addUsage(at.usage, used);
}

/** The tokens and the cost that are not among those of `counted`. */
function without(used: Usage, counted: Usage): Usage {
  const cost = used.costUsdMicros - counted.costUsdMicros;
  return {
    ...used,
    inputTokens: Math.max(0, used.inputTokens - counted.inputTokens),
    outputTokens: Math.max(0, used.outputTokens - counted.outputTokens),
    costUsdMicros: cost > 0n ? cost : 0n,
  };
}
