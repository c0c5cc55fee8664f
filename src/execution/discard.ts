import type { BodyCell, CancelCause, NodeCell, OpenNode, StateCell } from './cells.ts';
import { isOpen } from './cells.ts';
import { removeTimer } from './timers.ts';

/** Gives a body up: nothing more is begun in it, and what runs in it is to be canceled. */
export function discardBody(state: StateCell, body: BodyCell, cause: CancelCause): void {
  if (body.isDiscarded) return;
  body.isDiscarded = true;
  state.agenda.bodies.delete(body);
  // Progress counts towards what is still to come. When everything ends it stays where it is, to show how far it came.
  if (body.isListed && !state.isEnding) state.progress.total -= body.unended;
  for (const node of body.nodes) discardNode(state, node, cause);
}

/** Gives up every body of a composite that is not over. */
export function discardLiveBodies(state: StateCell, node: OpenNode, cause: CancelCause): void {
  const { open } = node;
  for (const body of open.live) {
    discardBody(state, body, cause);
    if (body.active === 0) leaveComposite(state, body, node);
  }
  if (open.isDiscarded) return;
  open.isDiscarded = true;
  const isListedLoop = node.plan.kind === 'loop' && node.body.isListed;
  if (isListedLoop && !state.isEnding) state.progress.total -= open.end - open.succeeded;
}

/** The body is over. Those of loops are forgotten: their output is all that is left of them. */
export function leaveComposite(state: StateCell, body: BodyCell, node: OpenNode): void {
  if (!node.open.live.delete(body)) return;
  state.openBodyCount -= 1;
  state.bodies.delete(body.path);
  if (body.isListed) return;
  for (const { path } of body.nodes) state.nodes.delete(path);
}

function discardNode(state: StateCell, node: NodeCell, cause: CancelCause): void {
  const { agenda } = state;
  switch (node.status) {
    case 'running':
      agenda.cancels.set(node, cause);
      if (isOpen(node)) discardOpen(state, node, cause);
      return;
    case 'waiting':
      removeTimer(agenda.timers, node);
      break;
    case 'blocked':
      agenda.skips.delete(node);
      break;
    case 'ready':
      agenda.ready.delete(node);
      agenda.failures.delete(node);
      break;
    case 'succeeded':
    case 'failed':
    case 'skipped':
    case 'canceled':
      return;
  }
  node.status = 'canceled';
  node.finishedAt = state.lastAt;
}

function discardOpen(state: StateCell, node: OpenNode, cause: CancelCause): void {
  const { agenda } = state;
  agenda.closings.delete(node);
  agenda.failures.delete(node);
  state.starved.delete(node);
  discardLiveBodies(state, node, cause);
}
