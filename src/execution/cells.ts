import type { BodyPlan, NodePlan } from '../blueprint/plan.ts';
import type { SandboxReceipt } from '../usage/receipt.ts';
import { NO_USAGE, type Usage } from '../usage/usage.ts';
import type { ExecutionEventOf, Failure } from './events.ts';
import type { Note, Step } from './steps.ts';
import type { BodyState, ExecutionState, NodeState, RunningAttempt, StoredValue } from './state.ts';
import type { ExecutionStatus, NodeStatus } from './status.ts';

/** The writable side of the state: what `apply` keeps so that a step costs what changed, not what exists. */
export interface StateCell extends ExecutionState {
  status: ExecutionStatus;
  lastSequence: number;
  lastAt: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  deadlineAt: number | undefined;
  tools: ExecutionState['tools'];
  agents: ExecutionState['agents'];
  models: ExecutionState['models'];
  readonly notes: Map<string, Note>;
  output: StoredValue | undefined;
  failure: Failure | undefined;
  cancel: ExecutionState['cancel'];
  pause: ExecutionState['pause'];
  budget: ExecutionState['budget'];
  usage: Usage;
  readonly progress: Count;
  readonly root: BodyCell;
  readonly running: Map<string, RunningAttempt>;
  crashCount: number;
  /** An attempt was started since the last dead owner was counted. */
  startedSinceCrash: boolean;
  /** Live nodes and bodies by path; those of loops leave when their iteration is over. */
  readonly nodes: Map<string, NodeCell>;
  readonly bodies: Map<string, BodyCell>;
  readonly openNodes: Set<OpenNode>;
  /** Bodies of composites that are not over. */
  openBodyCount: number;
  /** Composites that could open another body once the execution has room for one. */
  readonly starved: Set<OpenNode>;
  /** The root was given up: canceled, failed, or out of time. */
  isEnding: boolean;
  /** Attempts that were stopped after a cancel was requested. */
  readonly stopped: { readonly path: string; readonly attempt: number }[];
  readonly agenda: Agenda;
}

/** What `decide` has to say, kept up to date by `apply`. */
export interface Agenda {
  readonly ready: Set<NodeCell>;
  readonly skips: Map<NodeCell, SkipCause>;
  readonly failures: Map<NodeCell, Failure>;
  readonly bodies: Set<BodyCell>;
  readonly closings: Set<OpenNode>;
  readonly cancels: Map<NodeCell, CancelCause>;
  /** Nodes that wait for another attempt, the earliest first. */
  readonly timers: NodeCell[];
}

export type SkipCause = ExecutionEventOf<'nodeSkipped'>['cause'];
export type CancelCause = ExecutionEventOf<'attemptCanceled'>['cause'];

/** How far something is. */
export interface Count {
  done: number;
  total: number;
}

/** The writable side of a body. */
export interface BodyCell extends BodyState {
  readonly parent: { readonly body: BodyCell; readonly node: OpenNode } | undefined;
  readonly nodes: readonly NodeCell[];
  output: StoredValue | undefined;
  status: BodyState['status'];
  failure: Failure | undefined;
  /** Its place among the iterations or branches of its composite; 0 at the top. */
  readonly place: number;
  /** Nodes that have no end yet. */
  unended: number;
  /** Leaf attempts and composites of this body that are running. */
  active: number;
  /** Nothing more is begun in it; what runs is being canceled. */
  isDiscarded: boolean;
  /** Outside loops: clients see its nodes, so they are kept. */
  readonly isListed: boolean;
}

/** The writable side of a node. */
export interface NodeCell extends NodeState {
  readonly body: BodyCell;
  status: NodeStatus;
  attempt: number;
  /** Failed attempts; abandoned ones do not use up retries. */
  failureCount: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  retryAt: number | undefined;
  output: StoredValue | undefined;
  failure: Failure | undefined;
  usage: Usage;
  receipt: SandboxReceipt | undefined;
  steps: Step[] | undefined;
  /** What steps of the attempt have told of its usage so far. */
  counted: Usage | undefined;
  progress: Count | undefined;
  items: StoredValue | undefined;
  outputs: (StoredValue | undefined)[] | undefined;
  /** Needs without end, and how many of those that ended were skipped. */
  waitingFor: number;
  skippedNeeds: number;
  open: OpenComposite | undefined;
}

/** A composite that was opened. */
export interface OpenNode extends NodeCell {
  open: OpenComposite;
  outputs: (StoredValue | undefined)[];
}

/** How far an opened composite is with its bodies. */
export interface OpenComposite {
  /** The place of the first body, and the place behind the last: a condition has one, anywhere among its branches. */
  readonly first: number;
  readonly end: number;
  /** Of the body to open next. */
  next: number;
  /** Bodies that must succeed, and bodies at once. */
  readonly required: number;
  readonly concurrency: number;
  succeeded: number;
  failed: number;
  /** Bodies that are not over. */
  readonly live: Set<BodyCell>;
  /** Bodies that clients see, by place; iterations are never kept. */
  readonly listed: Map<number, BodyCell>;
  /** Set once it cannot succeed any more. */
  failure: Failure | undefined;
  isDiscarded: boolean;
}

/** The writable side of a state. */
export function cellsOf(state: ExecutionState): StateCell {
  // Every state is made by createState, which makes this richer form; readers are given its readonly side.
  return state as StateCell;
}

/** True for a composite that was opened. */
export const isOpen = (node: NodeCell): node is OpenNode => node.open !== undefined && node.outputs !== undefined;

/** Where a new body lies. */
export interface BodyPlace {
  readonly path: string;
  readonly parent: BodyCell['parent'];
  readonly place: number;
  readonly index: number | undefined;
  readonly isListed: boolean;
}

/** What a new body is entered in. */
export type Live = Pick<StateCell, 'nodes' | 'bodies' | 'agenda'>;

/** A body with its nodes, each waiting for what it needs; what needs nothing is ready. */
export function createBody(state: Live, plan: BodyPlan, at: BodyPlace): BodyCell {
  const nodes: NodeCell[] = [];
  const body: BodyCell = {
    plan,
    path: at.path,
    parent: at.parent,
    nodes,
    index: at.index,
    output: undefined,
    status: 'running',
    failure: undefined,
    place: at.place,
    unended: plan.nodes.length,
    active: 0,
    isDiscarded: false,
    isListed: at.isListed,
  };
  const prefix = at.path === '' ? '' : `${at.path}.`;
  for (const nodePlan of plan.nodes) {
    const node = createNode(body, nodePlan, prefix + nodePlan.name);
    nodes.push(node);
    state.nodes.set(node.path, node);
    if (node.status === 'ready') state.agenda.ready.add(node);
  }
  state.bodies.set(body.path, body);
  if (plan.nodes.length === 0 && at.parent !== undefined) state.agenda.bodies.add(body);
  return body;
}

function createNode(body: BodyCell, plan: NodePlan, path: string): NodeCell {
  // A fallback waits for its main node, whether or not it also reads it.
  const isImplied = plan.fallbackFor !== undefined && !plan.needs.includes(plan.fallbackFor);
  const waitingFor = plan.needs.length + (isImplied ? 1 : 0);
  return {
    plan,
    path,
    body,
    status: waitingFor === 0 ? 'ready' : 'blocked',
    attempt: 0,
    failureCount: 0,
    startedAt: undefined,
    finishedAt: undefined,
    retryAt: undefined,
    output: undefined,
    failure: undefined,
    usage: NO_USAGE,
    receipt: undefined,
    steps: undefined,
    counted: undefined,
    progress: undefined,
    items: undefined,
    outputs: undefined,
    waitingFor,
    skippedNeeds: 0,
    open: undefined,
  };
}
