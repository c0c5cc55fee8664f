import type { BlueprintId, ExecutionId, TenantId } from '../core/ids.ts';
import { apply } from '../execution/apply.ts';
import { createState } from '../execution/create-state.ts';
import { isTerminalEvent, type ExecutionEventOf, type RecordedEvent } from '../execution/events.ts';
import type { ExecutionState, NodeState } from '../execution/state.ts';
import { findNode, listNodes, listTouched } from '../execution/visible.ts';
import type { ExecutionNow, NodeNow, SnapshotMessage } from './follow-message.ts';

/** What the fold of one execution is told about it. */
interface FoldOf {
  readonly tenant: TenantId;
  readonly executionId: ExecutionId;
  readonly blueprintId: BlueprintId;
}

/** The state of one execution, and the copies that readers are given: one for each place, however many ask. */
export interface Fold {
  readonly sequence: number;
  readonly finished: boolean;
  /** In order, without gap. */
  add(events: readonly RecordedEvent[]): void;
  execution(): ExecutionNow;
  snapshot(): SnapshotMessage;
  node(path: string): NodeNow | undefined;
  /** What looks different after these events, as it is now. */
  touched(events: readonly RecordedEvent[]): readonly NodeNow[];
}

/** Begins the fold with the first event, which says what runs. */
export function createFold(
  of: FoldOf,
  plan: ExecutionState['plan'],
  requested: ExecutionEventOf<'executionRequested'>,
): Fold {
  const state = createState(plan, requested);
  let sequence = requested.sequence;
  let finished = false;
  let sawUnknown = false;
  let execution: ExecutionNow | undefined;
  let snapshot: SnapshotMessage | undefined;

  function addOne(event: RecordedEvent): void {
    if (event.sequence !== sequence + 1) {
      throw new Error(`Event ${event.sequence} of execution ${of.executionId} follows event ${sequence}.`);
    }
    sawUnknown ||= event.type === 'unknown';
    try {
      apply(state, event);
    } catch (error) {
      // Behind an event of a newer release the fold may not know what it needs: readers still get every event.
      if (!sawUnknown) throw error;
    }
    sequence = event.sequence;
    finished ||= isTerminalEvent(event);
  }

  function executionNow(): ExecutionNow {
    execution ??= toExecutionNow(of, state, { sequence, version: requested.version });
    return execution;
  }

  const copy = (node: NodeState): NodeNow => toNodeNow(of, node);

  return {
    get sequence() {
      return sequence;
    },
    get finished() {
      return finished;
    },
    add(events) {
      execution = undefined;
      snapshot = undefined;
      for (const event of events) addOne(event);
    },
    execution: executionNow,
    snapshot() {
      snapshot ??= { type: 'snapshot', sequence, execution: executionNow(), nodes: listNodes(state).map(copy) };
      return snapshot;
    },
    node(path) {
      const node = findNode(state, path);
      return node && copy(node);
    },
    touched: (events) => listTouched(state, events).map(copy),
  };
}

function toExecutionNow(
  of: FoldOf,
  state: ExecutionState,
  { sequence, version }: { readonly sequence: number; readonly version: number },
): ExecutionNow {
  return {
    id: of.executionId,
    tenant: of.tenant,
    blueprintId: of.blueprintId,
    blueprintVersion: version,
    status: state.status,
    lastSequence: sequence,
    progress: { ...state.progress },
    usage: state.usage,
    requestedAt: state.requestedAt,
    finishedAt: state.finishedAt,
    values: {
      input: state.input,
      output: state.output,
      failure: state.failure,
      budget: state.budget,
      ceilingUsdMicros: state.plan.budget.maxCostUsdMicros,
    },
  };
}

function toNodeNow({ tenant, executionId }: FoldOf, node: NodeState): NodeNow {
  const { path, status, attempt, startedAt, finishedAt, retryAt, failure, usage, receipt } = node;
  return {
    executionId,
    tenant,
    path,
    kind: node.plan.kind,
    status,
    attempt,
    startedAt,
    finishedAt,
    retryAt,
    failure,
    usage,
    receipt,
    progress: node.progress && { ...node.progress },
  };
}
