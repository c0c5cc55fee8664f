import type { BodyPlan } from '../blueprint/plan.ts';
import { assertNever } from '../core/assert-never.ts';
import type { BodyCell, NodeCell, OpenComposite, OpenNode, StateCell } from './cells.ts';
import { createBody } from './cells.ts';
import { discardBody, discardLiveBodies, leaveComposite } from './discard.ts';
import type { Failure, Opened } from './events.ts';
import { MAX_OPEN_BODIES } from './limits.ts';
import type { StoredValue } from './state.ts';
import { toStoredValue } from './values.ts';

/** Opens a composite: its first bodies are created, as many as may run at once. */
export function openComposite(state: StateCell, cell: NodeCell, opened: Opened): void {
  const open = toOpen(cell, opened);
  const outputs = new Array<StoredValue | undefined>(open.end).fill(undefined);
  const node: OpenNode = Object.assign(cell, { open, outputs });
  state.openNodes.add(node);
  if (opened.kind === 'loop') {
    node.items = toStoredValue(opened.items, state.lastSequence);
    if (node.body.isListed) state.progress.total += opened.count;
  }
  if (opened.kind !== 'condition') node.progress = { done: 0, total: node.open.end };
  advance(state, node);
}

function toOpen({ plan }: NodeCell, opened: Opened): OpenComposite {
  const [first, end] = placesOf(plan, opened);
  return {
    first,
    end,
    next: first,
    required: plan.kind === 'parallel' ? plan.required : end - first,
    concurrency: concurrencyOf(plan),
    succeeded: 0,
    failed: 0,
    live: new Set(),
    listed: new Map(),
    failure: undefined,
    isDiscarded: false,
  };
}

function placesOf(plan: NodeCell['plan'], opened: Opened): readonly [first: number, end: number] {
  switch (opened.kind) {
    case 'loop':
      return [0, opened.count];
    case 'parallel':
      return [0, plan.kind === 'parallel' ? plan.branches.length : 0];
    case 'condition':
      return opened.branch === null ? [0, 0] : [opened.branch, opened.branch + 1];
    default:
      return assertNever(opened);
  }
}

function concurrencyOf(plan: NodeCell['plan']): number {
  if (plan.kind === 'loop') return plan.concurrency;
  return plan.kind === 'parallel' ? plan.maxConcurrency : 1;
}

/** One iteration or branch ended well. */
export function closeBody(state: StateCell, body: BodyCell, output: StoredValue): void {
  state.agenda.bodies.delete(body);
  body.status = 'succeeded';
  body.output = output;
  const node = body.parent?.node;
  if (node === undefined) return;
  const { open } = node;
  node.outputs[body.place] = output;
  open.succeeded += 1;
  countItem(state, node);
  leaveComposite(state, body, node);
  if (open.succeeded >= open.required) discardLiveBodies(state, node, 'notNeeded');
  advance(state, node);
  refillStarved(state);
}

function countItem(state: StateCell, node: OpenNode): void {
  if (node.progress !== undefined) node.progress.done += 1;
  if (node.plan.kind === 'loop' && node.body.isListed) state.progress.done += 1;
}

/** A node of the body, or its output, failed with nobody to take over: the body fails, and what surrounds it may follow. */
export function failBody(state: StateCell, body: BodyCell, failure: Failure): void {
  body.status = 'failed';
  body.failure = failure;
  const node = body.parent?.node;
  if (node === undefined) {
    state.isEnding = true;
    discardBody(state, body, 'siblingFailed');
    return;
  }
  const { open } = node;
  open.failed += 1;
  const isDoomed = open.end - open.first - open.failed < open.required;
  if (isDoomed) open.failure ??= failure;
  discardBody(state, body, 'siblingFailed');
  if (isDoomed) discardLiveBodies(state, node, 'siblingFailed');
  if (body.active === 0) leaveComposite(state, body, node);
  advance(state, node);
  refillStarved(state);
}

/** Nothing runs any more in a body that was given up. */
export function endDiscardedBody(state: StateCell, body: BodyCell): void {
  const node = body.parent?.node;
  if (node === undefined) return;
  leaveComposite(state, body, node);
  advance(state, node);
  refillStarved(state);
}

/** What an opened composite does next: open bodies, or end once nothing runs in it. */
function advance(state: StateCell, node: OpenNode): void {
  const { open } = node;
  if (node.body.isDiscarded) return;
  if (open.failure !== undefined) {
    if (open.live.size === 0) state.agenda.failures.set(node, open.failure);
  } else if (open.succeeded >= open.required) {
    if (open.live.size === 0) state.agenda.closings.add(node);
  } else {
    openBodies(state, node);
  }
}

function openBodies(state: StateCell, node: OpenNode): void {
  const { open } = node;
  while (open.next < open.end && open.live.size < open.concurrency) {
    // Each composite may have one, or nested loops could wait for each other; more only while there is room.
    if (open.live.size > 0 && state.openBodyCount >= MAX_OPEN_BODIES) {
      state.starved.add(node);
      return;
    }
    openNextBody(state, node);
  }
}

function openNextBody(state: StateCell, node: OpenNode): void {
  const { open } = node;
  const place = open.next;
  open.next += 1;
  state.openBodyCount += 1;
  const { name, plan } = bodyPlanAt(node, place);
  const isLoop = node.plan.kind === 'loop';
  const body = createBody(state, plan, {
    path: isLoop ? `${node.path}[${place}]` : `${node.path}.${name}`,
    parent: { body: node.body, node },
    place,
    index: isLoop ? place : undefined,
    isListed: node.body.isListed && !isLoop,
  });
  open.live.add(body);
  if (body.isListed) {
    open.listed.set(place, body);
    state.progress.total += body.nodes.length;
  }
}

function bodyPlanAt({ plan, path }: NodeCell, place: number): { readonly name: string; readonly plan: BodyPlan } {
  if (plan.kind === 'loop') return { name: '', plan: plan.body };
  const branch = plan.kind === 'parallel' || plan.kind === 'condition' ? plan.branches[place] : undefined;
  if (branch === undefined) throw new Error(`Node "${path}" has no branch ${place}.`);
  return { name: branch.name, plan: branch.body };
}

/** Gives the room that a body left to composites that wait for it. */
function refillStarved(state: StateCell): void {
  for (const node of state.starved) {
    if (state.openBodyCount >= MAX_OPEN_BODIES) return;
    state.starved.delete(node);
    advance(state, node);
  }
}
