import { assertNever } from '../core/assert-never.ts';
import { cellsOf, isOpen, type NodeCell, type StateCell } from './cells.ts';
import { closeBody, endDiscardedBody, failBody, openComposite } from './composite.ts';
import { discardBody } from './discard.ts';
import { imposedBy } from './ending.ts';
import type { ExecutionEvent, ExecutionEventOf } from './events.ts';
import type { RecordedEvent, ValueRef } from './events.ts';
import { applyPause } from './pause.ts';
import { endNode, failNode } from './readiness.ts';
import { refusalOf } from './refusal.ts';
import { stepStatus } from './projection.ts';
import { addMeasured, applyStep } from './steps.ts';
import type { ExecutionState } from './state.ts';
import { addTimer, removeTimer } from './timers.ts';
import { toStoredValue } from './values.ts';

/** The next state, in place. Throws on an event that cannot follow: a bug, or a journal that was written by one. */
export function apply(state: ExecutionState, event: RecordedEvent): void {
  const cells = cellsOf(state);
  if (event.sequence !== cells.lastSequence + 1) throw impossible(cells, event, 'its sequence leaves a gap');
  // Written by a newer release: a reader shows the rest.
  if (event.type !== 'unknown') {
    const refusal = refusalOf(cells, event);
    if (refusal !== undefined) throw impossible(cells, event, refusal);
  }
  cells.lastSequence = event.sequence;
  cells.lastAt = Math.max(cells.lastAt, event.at);
  if (event.type === 'unknown') return;
  applyKnown(cells, event);
  stepStatus(cells);
}

function impossible(state: StateCell, event: RecordedEvent, why: string): Error {
  return new Error(`Event ${event.sequence} (${event.type}) cannot follow event ${state.lastSequence}: ${why}.`);
}

function applyKnown(state: StateCell, event: ExecutionEvent): void {
  switch (event.type) {
    case 'executionRequested':
      return;
    case 'executionStarted':
      state.startedAt = event.at;
      state.deadlineAt = event.deadlineAt;
      state.tools = event.tools;
      state.agents = event.agents ?? {};
      state.models = event.models ?? {};
      return;
    case 'attemptStarted':
      onStarted(state, event);
      return;
    case 'attemptSucceeded':
      onSucceeded(state, event);
      return;
    case 'attemptFailed':
      onFailed(state, event);
      return;
    case 'attemptAbandoned':
      onAbandoned(state, event);
      return;
    case 'attemptCanceled':
      onCanceled(state, event);
      return;
    case 'nodeFailed':
      onNodeFailed(state, event);
      return;
    case 'nodeSkipped':
      onSkipped(state, event);
      return;
    case 'bodySucceeded':
      onBodySucceeded(state, event);
      return;
    case 'agentTurned':
    case 'toolCalled':
    case 'taskHandedOver':
    case 'voteCast':
    case 'roundEnded':
    case 'noteWritten':
    case 'pastRecalled':
      applyStep(state, nodeAt(state, event.path), event);
      return;
    case 'cancelRequested':
      onCancelRequested(state, event);
      return;
    case 'pauseRequested':
    case 'executionPaused':
    case 'resumeRequested':
    case 'executionResumed':
      applyPause(state, event);
      return;
    case 'executionSucceeded':
    case 'executionFailed':
    case 'executionCanceled':
      onEnd(state, event);
      return;
    default:
      return assertNever(event);
  }
}

function nodeAt(state: StateCell, path: string): NodeCell {
  const node = state.nodes.get(path);
  if (node === undefined) throw new Error(`No node "${path}" is open.`);
  return node;
}

function onStarted(state: StateCell, event: ExecutionEventOf<'attemptStarted'>): void {
  const node = nodeAt(state, event.path);
  takeUp(state, node);
  node.attempt = event.attempt;
  node.startedAt = event.at;
  node.status = 'running';
  node.receipt = undefined;
  node.body.active += 1;
  if (event.opened !== undefined) {
    openComposite(state, node, event.opened);
    return;
  }
  const { path, plan, body } = node;
  state.running.set(path, { path, attempt: event.attempt, startedAt: event.at, node: plan, body });
  state.startedSinceCrash = true;
}

/** The node is begun, or given up before: it leaves the lists of what is to be begun. */
function takeUp({ agenda }: StateCell, node: NodeCell): void {
  if (node.status === 'waiting') removeTimer(agenda.timers, node);
  else agenda.ready.delete(node);
  node.retryAt = undefined;
}

function onSucceeded(state: StateCell, event: ExecutionEventOf<'attemptSucceeded'>): void {
  const node = nodeAt(state, event.path);
  if (event.startedAt === undefined) {
    leave(state, node);
  } else {
    takeUp(state, node);
    node.attempt = event.attempt;
    node.startedAt = event.startedAt;
  }
  node.output = stored(state, event.output);
  node.steps = undefined;
  state.crashCount = 0;
  addMeasured(state, node, event);
  endNode(state, node, 'succeeded');
  tidy(state, node);
}

function onFailed(state: StateCell, event: ExecutionEventOf<'attemptFailed'>): void {
  const node = nodeAt(state, event.path);
  leave(state, node);
  node.failureCount += 1;
  // The next attempt, if there is one, does not repeat what led to this.
  node.steps = undefined;
  state.crashCount = 0;
  addMeasured(state, node, event);
  if (event.retryAt === undefined || node.body.isDiscarded) {
    failNode(state, node, event.failure);
  } else {
    node.failure = event.failure;
    node.status = 'waiting';
    node.retryAt = event.retryAt;
    addTimer(state.agenda.timers, node);
  }
  tidy(state, node);
}

function onAbandoned(state: StateCell, event: ExecutionEventOf<'attemptAbandoned'>): void {
  const node = nodeAt(state, event.path);
  leave(state, node);
  addMeasured(state, node, event);
  if (event.cause === 'ownerDied' && state.startedSinceCrash) {
    state.crashCount += 1;
    state.startedSinceCrash = false;
  }
  if (node.body.isDiscarded) {
    node.steps = undefined;
    endNode(state, node, 'canceled');
    tidy(state, node);
    return;
  }
  node.status = 'ready';
  if (event.cause === 'paused' || node.plan.onAbandon === 'retry') {
    state.agenda.ready.add(node);
    return;
  }
  state.agenda.failures.set(node, {
    reason: 'orchestratorCrashed',
    message: `The process that ran attempt ${event.attempt} is gone, and node "${node.plan.name}" may not be repeated (onAbandon: fail). Whether it did its work is unknown.`,
    retryable: false,
  });
}

function onCanceled(state: StateCell, event: ExecutionEventOf<'attemptCanceled'>): void {
  const node = nodeAt(state, event.path);
  if (!node.body.isDiscarded) {
    state.root.failure = imposedBy(state, event.cause)?.failure;
    state.isEnding = true;
    discardBody(state, state.root, event.cause);
  }
  if (!isOpen(node)) {
    state.crashCount = 0;
    if (state.cancel !== undefined) state.stopped.push({ path: node.path, attempt: event.attempt });
  }
  leave(state, node);
  node.steps = undefined;
  addMeasured(state, node, event);
  endNode(state, node, 'canceled');
  tidy(state, node);
}

function onNodeFailed(state: StateCell, event: ExecutionEventOf<'nodeFailed'>): void {
  const node = state.nodes.get(event.path);
  if (node === undefined) {
    const body = state.bodies.get(event.path);
    if (body !== undefined) failBody(state, body, { ...event.failure, path: event.failure.path ?? event.path });
    return;
  }
  if (node.status === 'running') leave(state, node);
  else takeUp(state, node);
  state.agenda.failures.delete(node);
  node.steps = undefined;
  failNode(state, node, event.failure);
  tidy(state, node);
}

function onSkipped(state: StateCell, event: ExecutionEventOf<'nodeSkipped'>): void {
  const node = nodeAt(state, event.path);
  state.agenda.ready.delete(node);
  state.agenda.skips.delete(node);
  endNode(state, node, 'skipped');
}

function onBodySucceeded(state: StateCell, event: ExecutionEventOf<'bodySucceeded'>): void {
  const body = state.bodies.get(event.path);
  if (body !== undefined) closeBody(state, body, stored(state, event.output));
}

function onCancelRequested(state: StateCell, event: ExecutionEventOf<'cancelRequested'>): void {
  if (state.cancel !== undefined) return;
  state.cancel = { at: event.at, requestedBy: event.requestedBy, reason: event.reason };
  state.isEnding = true;
  discardBody(state, state.root, 'cancelRequested');
}

type TerminalEvent = ExecutionEventOf<'executionSucceeded' | 'executionFailed' | 'executionCanceled'>;

function onEnd(state: StateCell, event: TerminalEvent): void {
  state.finishedAt = event.at;
  state.pause = undefined;
  if (event.type === 'executionSucceeded') {
    state.output = stored(state, event.output);
    state.root.status = 'succeeded';
    state.status = 'succeeded';
    return;
  }
  state.isEnding = true;
  // What was never begun is canceled with the rest.
  discardBody(state, state.root, 'siblingFailed');
  state.root.status = 'failed';
  state.status = event.type === 'executionFailed' ? 'failed' : 'canceled';
  state.failure = event.type === 'executionFailed' ? event.failure : undefined;
}

const stored = (state: StateCell, ref: ValueRef): NonNullable<NodeCell['output']> =>
  toStoredValue(ref, state.lastSequence);

/** A running attempt has its outcome. */
function leave(state: StateCell, node: NodeCell): void {
  const { agenda } = state;
  agenda.cancels.delete(node);
  if (isOpen(node)) {
    state.openNodes.delete(node);
    agenda.closings.delete(node);
    agenda.failures.delete(node);
  } else {
    state.running.delete(node.path);
  }
  node.body.active -= 1;
}

/** After an outcome: forgets what nobody reads any more, and ends the body if it only waited for this. */
function tidy(state: StateCell, node: NodeCell): void {
  if (node.open !== undefined) {
    // Its output is one value now. Branches that clients see stay for them.
    node.outputs = undefined;
    node.items = undefined;
    if (node.plan.kind === 'loop') node.open = undefined;
  }
  if (node.body.isDiscarded && node.body.active === 0) endDiscardedBody(state, node.body);
}
