import type { BodyCell, NodeCell, StateCell } from './cells.ts';
import { failBody } from './composite.ts';
import type { Failure } from './events.ts';

/** A node has ended well or was skipped: what needs it may become ready. */
export function endNode(state: StateCell, node: NodeCell, status: 'succeeded' | 'skipped' | 'canceled'): void {
  markEnded(state, node, status);
  if (!node.body.isDiscarded) passOn(state, node);
}

/** A node has failed for good: `onFailure` says who else fails. */
export function failNode(state: StateCell, node: NodeCell, failure: Failure): void {
  node.failure = failure;
  markEnded(state, node, 'failed');
  if (node.body.isDiscarded) return;
  if (node.plan.onFailure.mode === 'fail') failBodyOf(state, node, failure);
  else passOn(state, node);
}

function markEnded(state: StateCell, node: NodeCell, status: 'succeeded' | 'skipped' | 'canceled' | 'failed'): void {
  node.status = status;
  node.finishedAt = state.lastAt;
  node.retryAt = undefined;
  node.body.unended -= 1;
  if (node.body.isListed && !node.body.isDiscarded) state.progress.done += 1;
}

function failBodyOf(state: StateCell, node: NodeCell, failure: Failure): void {
  failBody(state, node.body, { ...failure, path: failure.path ?? node.path });
}

function passOn(state: StateCell, node: NodeCell): void {
  const { body } = node;
  const fallback = fallbackOf(node);
  if (fallback !== undefined && node.status === 'failed') {
    // What needs the node waits for its fallback too.
    release(state, fallback, false);
    return;
  }
  if (fallback !== undefined) state.agenda.skips.set(fallback, 'fallbackNotNeeded');
  settle(state, node);
  if (body.unended === 0 && !body.isDiscarded && body.parent !== undefined) state.agenda.bodies.add(body);
}

/** The node and the fallbacks behind it have ended. */
function settle(state: StateCell, node: NodeCell): void {
  const { body, plan } = node;
  const main = plan.fallbackFor === undefined ? undefined : body.nodes[plan.fallbackFor];
  const isStandIn = main?.status === 'failed';
  if (isStandIn && node.status === 'skipped') {
    // Nobody took over.
    if (main.failure !== undefined) failBodyOf(state, main, main.failure);
    return;
  }
  const wasSkipped = node.status === 'skipped' && main === undefined;
  const fallback = fallbackOf(node);
  for (const index of plan.dependents) {
    const dependent = body.nodes[index];
    if (dependent !== undefined && dependent !== fallback) release(state, dependent, wasSkipped);
  }
  if (!isStandIn) return;
  main.output = node.output;
  settle(state, main);
}

function fallbackOf({ body, plan }: NodeCell): NodeCell | undefined {
  return plan.onFailure.mode === 'fallback' ? body.nodes[plan.onFailure.index] : undefined;
}

/** One need of the node has ended. */
function release(state: StateCell, node: NodeCell, wasSkipped: boolean): void {
  node.waitingFor -= 1;
  if (wasSkipped) node.skippedNeeds += 1;
  if (node.waitingFor > 0 || state.agenda.skips.has(node)) return;
  if (isToBeSkipped(node)) {
    state.agenda.skips.set(node, 'dependencySkipped');
  } else {
    node.status = 'ready';
    state.agenda.ready.add(node);
  }
}

/** `join: all` wants every need to have run, `join: any` one of them. */
function isToBeSkipped({ plan, skippedNeeds }: NodeCell): boolean {
  if (skippedNeeds === 0) return false;
  return plan.join === 'all' || skippedNeeds === plan.needs.length;
}

/** True when nothing of the body is left to do. */
export const isComplete = (body: BodyCell): boolean => body.unended === 0 && !body.isDiscarded;
