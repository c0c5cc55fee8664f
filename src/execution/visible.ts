import type { BodyPlan, NodePlan } from '../blueprint/plan.ts';
import { NO_USAGE } from '../usage/usage.ts';
import { cellsOf, type BodyCell, type NodeCell } from './cells.ts';
import { isTerminalEvent, type RecordedEvent } from './events.ts';
import type { ExecutionState, NodeState } from './state.ts';
import type { NodeStatus } from './status.ts';

/**
 * Every node outside loops, in the order of the plan: the top, and the branches of conditions and parallel nodes at every
 * depth, also those that are not open. A loop is one node that counts its iterations.
 */
export function listNodes(state: ExecutionState): readonly NodeState[] {
  const listed: NodeState[] = [];
  const { root } = cellsOf(state);
  listBody(listed, { plan: root.plan, path: '', cell: root, status: 'blocked' });
  return listed;
}

interface ListedBody {
  readonly plan: BodyPlan;
  readonly path: string;
  readonly cell: BodyCell | undefined;
  /** Of its nodes when it was never opened. */
  readonly status: NodeStatus;
}

function listBody(listed: NodeState[], body: ListedBody): void {
  for (const [place, plan] of body.plan.nodes.entries()) {
    const cell = body.cell?.nodes[place];
    const path = body.path === '' ? plan.name : `${body.path}.${plan.name}`;
    const node = cell ?? unopened(plan, path, body.status);
    listed.push(node);
    listBranches(listed, node, cell);
  }
}

function listBranches(listed: NodeState[], node: NodeState, cell: NodeCell | undefined): void {
  const { plan, path } = node;
  if (plan.kind !== 'condition' && plan.kind !== 'parallel') return;
  for (const [place, branch] of plan.branches.entries()) {
    const open = cell?.open?.listed.get(place);
    const status = open === undefined ? statusOfUnopened(node, cell, place) : 'blocked';
    listBody(listed, { plan: branch.body, path: `${path}.${branch.name}`, cell: open, status });
  }
}

/** What became of a branch that is not open: it may still be, it was not chosen, or it was given up with its node. */
function statusOfUnopened(node: NodeState, cell: NodeCell | undefined, place: number): NodeStatus {
  const { open } = cell ?? {};
  const wasPassedBy = open !== undefined && (place < open.first || place >= open.end);
  if (wasPassedBy || node.status === 'skipped') return 'skipped';
  if (node.status === 'failed' || node.status === 'canceled') return 'canceled';
  return node.status === 'succeeded' ? 'canceled' : 'blocked';
}

function unopened(plan: NodePlan, path: string, status: NodeStatus): NodeState {
  return {
    plan,
    path,
    status,
    attempt: 0,
    startedAt: undefined,
    finishedAt: undefined,
    retryAt: undefined,
    output: undefined,
    failure: undefined,
    usage: NO_USAGE,
    receipt: undefined,
    steps: undefined,
    progress: undefined,
    items: undefined,
    outputs: undefined,
  };
}

/** The node at a path that is listed; undefined when there is none. */
export function findNode(state: ExecutionState, path: string): NodeState | undefined {
  const cell = cellsOf(state).nodes.get(path);
  // Most are open. The others are few, and found in the list.
  return cell?.body.isListed === true ? cell : listNodes(state).find((node) => node.path === path);
}

/**
 * The listed node that an event's path touches: the outermost loop of what lies in one (`audit[17].classify` is `audit`),
 * and the composite of a branch (`both.a` is `both`).
 */
export function visiblePath(path: string): string {
  const bracket = path.indexOf('[');
  if (bracket >= 0) return path.slice(0, bracket);
  // Outside loops node and branch names take turns, so that an even number of names ends with a branch.
  const isBranch = path.split('.').length % 2 === 0;
  return isBranch ? path.slice(0, path.lastIndexOf('.')) : path;
}

/**
 * The listed nodes that may look different after these events, as they are now: those of the events, those that became
 * ready or were given up through them, and what lies in a composite that opened or ended.
 */
export function listTouched(state: ExecutionState, events: readonly RecordedEvent[]): readonly NodeState[] {
  if (events.some(touchesAll)) return listNodes(state);
  const touched = new Map<string, NodeState>();
  for (const event of events) {
    if (!('path' in event)) continue;
    const cell = cellsOf(state).nodes.get(visiblePath(event.path));
    if (cell === undefined) continue;
    const given = outermostDiscarded(cell);
    if (given?.parent === undefined) {
      if (given !== undefined) return listNodes(state);
      addWithDependents(touched, cell);
    } else {
      addWithBranches(touched, given.parent.node);
    }
  }
  return [...touched.values()];
}

const touchesAll = (event: RecordedEvent): boolean =>
  isTerminalEvent(event) || event.type === 'cancelRequested' || event.type === 'executionStarted';

function outermostDiscarded(cell: NodeCell): BodyCell | undefined {
  let outermost: BodyCell | undefined;
  for (let body: BodyCell | undefined = cell.body; body !== undefined; body = body.parent?.body) {
    if (body.isDiscarded) outermost = body;
  }
  return outermost;
}

function addWithDependents(touched: Map<string, NodeState>, cell: NodeCell): void {
  addWithBranches(touched, cell);
  const { body, plan } = cell;
  const { onFailure, fallbackFor } = plan;
  const around = [...plan.dependents];
  if (onFailure.mode === 'fallback') around.push(onFailure.index);
  const main = fallbackFor === undefined ? undefined : body.nodes[fallbackFor];
  if (main !== undefined) around.push(main.plan.index, ...main.plan.dependents);
  for (const index of around) {
    const node = body.nodes[index];
    if (node !== undefined) touched.set(node.path, node);
  }
}

function addWithBranches(touched: Map<string, NodeState>, cell: NodeCell): void {
  const listed: NodeState[] = [cell];
  listBranches(listed, cell, cell);
  for (const node of listed) touched.set(node.path, node);
}
