import { assertNever } from '../core/assert-never.ts';
import { cellsOf, isOpen, type CancelCause, type NodeCell, type StateCell } from './cells.ts';
import { imposedBy, isCanceling, isQuiet, isQuietInside } from './ending.ts';
import type { EventDraft } from './events.ts';
import { pauseRefusal } from './pause.ts';
import { isComplete } from './readiness.ts';
import type { ExecutionState } from './state.ts';
import { stepCount } from './steps.ts';
import { isFinished } from './status.ts';

/**
 * True when the event can follow. The shell asks before it records an outcome that it was given commands for some events
 * ago: a sibling may have failed since, a cancel may have come first, another branch may have been the first.
 */
export function accepts(state: ExecutionState, draft: EventDraft): boolean {
  return refusalOf(state, draft) === undefined;
}

/** Why an event cannot follow; undefined when it can. */
export function refusalOf(state: ExecutionState, draft: EventDraft): string | undefined {
  const cells = cellsOf(state);
  if (isFinished(cells.status)) return 'the execution has ended';
  switch (draft.type) {
    case 'executionRequested':
      return 'an execution is requested once';
    case 'executionStarted':
      return unless(cells.startedAt === undefined, 'it has started before');
    case 'cancelRequested':
      return undefined;
    case 'pauseRequested':
    case 'executionPaused':
    case 'resumeRequested':
    case 'executionResumed':
      return pauseRefusal(cells, draft);
    case 'bodySucceeded':
      return unless(isBodyToClose(cells, draft.path), `"${draft.path}" is no body whose nodes have all ended`);
    case 'executionSucceeded':
      return unless(isComplete(cells.root), 'not every node has ended well');
    case 'executionFailed':
      return unless(isQuiet(cells) && !isCanceling(cells), 'something runs, or a cancel came first');
    case 'executionCanceled':
      return unless(isQuiet(cells) && isCanceling(cells), 'something runs, or nobody asked for it');
    case 'nodeFailed':
      if (isBodyToClose(cells, draft.path)) return undefined;
      return ofNode(cells, draft);
    case 'attemptStarted':
    case 'attemptSucceeded':
    case 'attemptFailed':
    case 'attemptAbandoned':
    case 'attemptCanceled':
    case 'nodeSkipped':
    case 'agentTurned':
    case 'toolCalled':
    case 'taskHandedOver':
    case 'voteCast':
    case 'roundEnded':
    case 'noteWritten':
    case 'pastRecalled':
      return ofNode(cells, draft);
    default:
      return assertNever(draft);
  }
}

type NodeDraft = Extract<EventDraft, { path: string }>;

function ofNode(state: StateCell, draft: NodeDraft): string | undefined {
  if (state.startedAt === undefined) return 'the execution has not started';
  const node = state.nodes.get(draft.path);
  if (node === undefined) return `no node "${draft.path}" is open`;
  return unless(fits(state, node, draft), `node "${draft.path}" is ${node.status}, attempt ${node.attempt}`);
}

function fits(state: StateCell, node: NodeCell, draft: NodeDraft): boolean {
  const { agenda } = state;
  switch (draft.type) {
    case 'attemptStarted':
      return isToBegin(state, node) && draft.attempt === node.attempt + 1 && isOpening(node, draft);
    case 'attemptSucceeded':
      if (draft.startedAt !== undefined) {
        return isToBegin(state, node) && draft.attempt === node.attempt + 1 && !isComposite(node);
      }
      return (
        draft.attempt === node.attempt && (isComposite(node) ? isToClose(state, node) : isRunningLeaf(state, node))
      );
    case 'attemptFailed':
    case 'attemptAbandoned':
      return draft.attempt === node.attempt && isRunningLeaf(state, node);
    case 'attemptCanceled':
      return draft.attempt === node.attempt && isToCancel(state, node, draft.cause);
    case 'nodeFailed':
      return isToBegin(state, node) || isToClose(state, node) || agenda.failures.has(node);
    case 'nodeSkipped':
      if (draft.cause === 'conditionFalse') return isToBegin(state, node) && node.attempt === 0;
      return agenda.skips.get(node) === draft.cause;
    case 'agentTurned':
    case 'toolCalled':
    case 'taskHandedOver':
    case 'voteCast':
    case 'roundEnded':
    case 'noteWritten':
    case 'pastRecalled':
      return draft.attempt === node.attempt && isRunningLeaf(state, node) && draft.step === stepCount(node) + 1;
    case 'bodySucceeded':
      return false;
    default:
      return assertNever(draft);
  }
}

const unless = (fine: boolean, refusal: string): string | undefined => (fine ? undefined : refusal);

const isBodyToClose = ({ agenda, bodies }: StateCell, path: string): boolean => {
  const body = bodies.get(path);
  return body !== undefined && agenda.bodies.has(body);
};

const isComposite = ({ plan }: NodeCell): boolean =>
  plan.kind === 'loop' || plan.kind === 'parallel' || plan.kind === 'condition';

/** Nothing begins while the execution is paused. */
const isToBegin = ({ agenda, pause }: StateCell, node: NodeCell): boolean =>
  pause === undefined && (agenda.ready.has(node) || node.status === 'waiting');

const isRunningLeaf = ({ running }: StateCell, node: NodeCell): boolean => running.has(node.path);

const isToClose = ({ agenda }: StateCell, node: NodeCell): boolean => isOpen(node) && agenda.closings.has(node);

function isToCancel(state: StateCell, node: NodeCell, cause: CancelCause): boolean {
  if (node.status !== 'running' || !isQuietInside(node)) return false;
  return state.agenda.cancels.has(node) || (!state.root.isDiscarded && imposedBy(state, cause) !== undefined);
}

function isOpening(node: NodeCell, { opened }: Extract<NodeDraft, { type: 'attemptStarted' }>): boolean {
  const { plan } = node;
  if (opened === undefined || opened.kind !== plan.kind) return opened === undefined && !isComposite(node);
  if (opened.kind !== 'condition' || plan.kind !== 'condition') return true;
  return opened.branch === null || opened.branch < plan.branches.length;
}
