import { cellsOf, isOpen, type CancelCause, type NodeCell, type StateCell } from './cells.ts';
import type { Command, CompositePlan } from './commands.ts';
import { imposedEnd, isCanceling, isQuiet, isQuietInside, type ImposedEnd } from './ending.ts';
import { MAX_COMMANDS, MAX_RUNNING } from './limits.ts';
import { pauseEvent } from './pause.ts';
import { isComplete } from './readiness.ts';
import type { ExecutionState } from './state.ts';
import { isFinished } from './status.ts';
import { placeAfter } from './timers.ts';

const NOTHING: readonly Command[] = [];

/** What is to be done now. Says the same again until the events of it have been applied. */
export function decide(state: ExecutionState, now: number): readonly Command[] {
  const cells = cellsOf(state);
  if (isFinished(cells.status)) return NOTHING;
  if (isComplete(cells.root)) return cells.startedAt === undefined ? NOTHING : [{ type: 'succeed' }];
  if (cells.root.isDiscarded) return decideEnding(cells);
  if (cells.startedAt === undefined) return NOTHING;
  const end = imposedEnd(cells, Math.max(now, cells.lastAt));
  return end === undefined ? decideOn(cells, now) : stopEverything(cells, end);
}

/** Everything is given up: stop what runs, then say how it ended. */
function decideEnding(state: StateCell): readonly Command[] {
  if (!isQuiet(state)) {
    const commands: Command[] = [];
    sayCancels(state, commands);
    return commands;
  }
  if (isCanceling(state)) return [{ type: 'cancel' }];
  return state.root.failure === undefined ? NOTHING : [{ type: 'fail', failure: state.root.failure }];
}

function stopEverything(state: StateCell, { cause, failure }: ImposedEnd): readonly Command[] {
  if (isQuiet(state)) return [{ type: 'fail', failure }];
  const commands: Command[] = [];
  for (const { path, attempt } of state.running.values())
    commands.push({ type: 'cancelAttempt', path, attempt, cause });
  for (const node of state.openNodes) if (isQuietInside(node)) commands.push(recordCanceled(node, cause));
  return commands;
}

/** The order: what frees something comes before what takes something. */
function decideOn(state: StateCell, now: number): readonly Command[] {
  const { agenda } = state;
  const commands: Command[] = [];
  if (agenda.cancels.size > 0) sayCancels(state, commands);
  if (agenda.failures.size > 0) sayFailures(state, commands);
  if (agenda.skips.size > 0) saySkips(state, commands);
  if (agenda.bodies.size > 0) sayBodies(state, commands);
  if (agenda.closings.size > 0) sayClosings(state, commands);
  const pausing = pauseEvent(state);
  if (pausing === undefined) {
    if (state.pause === undefined) sayBegins(state, now, commands);
  } else if (isTidy(agenda)) {
    commands.push({ type: 'record', event: pausing });
  }
  return commands;
}

/** Nothing is left to say of what has ended: only now is it certain that something would still begin. */
const isTidy = ({ failures, skips, bodies, closings }: StateCell['agenda']): boolean =>
  failures.size + skips.size + bodies.size + closings.size === 0;

function sayCancels({ agenda }: StateCell, commands: Command[]): void {
  for (const [node, cause] of agenda.cancels) {
    if (!isOpen(node)) commands.push({ type: 'cancelAttempt', path: node.path, attempt: node.attempt, cause });
    else if (isQuietInside(node)) commands.push(recordCanceled(node, cause));
  }
}

function recordCanceled({ path, attempt }: NodeCell, cause: CancelCause): Command {
  return { type: 'record', event: { type: 'attemptCanceled', path, attempt, cause } };
}

function sayFailures({ agenda }: StateCell, commands: Command[]): void {
  let left = MAX_COMMANDS;
  for (const [{ path }, failure] of agenda.failures) {
    if (left-- === 0) return;
    commands.push({ type: 'record', event: { type: 'nodeFailed', path, failure } });
  }
}

function saySkips({ agenda }: StateCell, commands: Command[]): void {
  let left = MAX_COMMANDS;
  for (const [{ path }, cause] of agenda.skips) {
    if (left-- === 0) return;
    commands.push({ type: 'record', event: { type: 'nodeSkipped', path, cause } });
  }
}

function sayBodies({ agenda }: StateCell, commands: Command[]): void {
  let left = MAX_COMMANDS;
  for (const body of agenda.bodies) {
    if (left-- === 0) return;
    commands.push({ type: 'closeBody', path: body.path, body });
  }
}

function sayClosings({ agenda }: StateCell, commands: Command[]): void {
  let left = MAX_COMMANDS;
  for (const node of agenda.closings) {
    if (left-- === 0) return;
    if (!isCompositePlan(node.plan)) continue;
    commands.push({ type: 'closeNode', path: node.path, node: node.plan, body: node.body, state: node });
  }
}

const isCompositePlan = (plan: NodeCell['plan']): plan is CompositePlan =>
  plan.kind === 'loop' || plan.kind === 'parallel' || plan.kind === 'condition';

function sayBegins({ agenda, running }: StateCell, now: number, commands: Command[]): void {
  let left = MAX_RUNNING - running.size;
  if (left <= 0) return;
  const due = agenda.timers.length === 0 ? 0 : placeAfter(agenda.timers, now);
  for (const node of due === 0 ? [] : agenda.timers.slice(0, Math.min(due, left))) {
    left -= 1;
    commands.push(beginNode(node));
  }
  for (const node of agenda.ready) {
    if (left-- <= 0) return;
    commands.push(beginNode(node));
  }
}

const beginNode = ({ path, plan, body, attempt }: NodeCell): Command => ({
  type: 'beginNode',
  path,
  node: plan,
  body,
  attempt: attempt + 1,
});

/**
 * The earliest instant later than `after` at which `decide` would say more although nothing happened: a retry or the
 * deadline. Null: only an event changes anything.
 */
export function nextDueAt(state: ExecutionState, after = -Infinity): number | null {
  const { agenda, deadlineAt, pause, root, startedAt, status } = cellsOf(state);
  if (startedAt === undefined || root.isDiscarded || isFinished(status) || isComplete(root)) return null;
  // A resume is an event, and the deadline stands still until then.
  if (pause !== undefined) return null;
  const retryAt = agenda.timers[placeAfter(agenda.timers, after)]?.retryAt;
  const earliest = Math.min(
    retryAt ?? Infinity,
    deadlineAt !== undefined && deadlineAt > after ? deadlineAt : Infinity,
  );
  return earliest === Infinity ? null : earliest;
}
