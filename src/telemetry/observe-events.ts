import { assertNever } from '../core/assert-never.ts';
import type { ExecutionId } from '../core/ids.ts';
import type { Committed } from '../execution/committed.ts';
import {
  usageOf,
  type ExecutionEvent,
  type ExecutionEventOf,
  type FailureReason,
  type Measured,
} from '../execution/events.ts';
import type { Metrics } from './metrics.ts';

const SECOND_MS = 1_000;

/** When the ID was made: the first 48 bits of a UUIDv7 are milliseconds since 1970. */
export const requestedAtOf = (id: ExecutionId): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

/** Counts what was committed. Hand it the batches of this process only, or two processes count one event. */
export function observeEvents(metrics: Metrics): (committed: readonly Committed[]) => void {
  return (committed) => {
    // Nearly all that happens, so they are counted together.
    let ownSteps = 0;
    for (const { executionId, events } of committed) {
      for (const event of events ?? []) {
        if (event.type === 'attemptSucceeded' && usageOf(event) === undefined) {
          ownSteps += 1;
          observeOwnStep(metrics, event);
        } else observeEvent(metrics, executionId, event);
      }
    }
    if (ownSteps > 0) metrics.add('attempts', { kind: 'inProcess', outcome: 'succeeded' }, ownSteps);
  };
}

const OWN = { kind: 'inProcess' } as const;

/** A step that this process carried out itself. */
function observeOwnStep(metrics: Metrics, { at, startedAt }: ExecutionEventOf<'attemptSucceeded'>): void {
  if (startedAt !== undefined) metrics.observe('attemptDuration', OWN, (at - startedAt) / SECOND_MS);
}

function observeEvent(metrics: Metrics, executionId: ExecutionId, event: ExecutionEvent): void {
  switch (event.type) {
    case 'executionStarted':
      return metrics.add('executionsStarted', {});
    case 'attemptSucceeded':
      return observeEffect(metrics, 'succeeded', event);
    case 'attemptFailed':
      return observeEffect(metrics, 'failed', event);
    case 'attemptCanceled':
      return observeEffect(metrics, 'canceled', event);
    case 'attemptAbandoned':
      return observeEffect(metrics, 'abandoned', {});
    case 'nodeFailed':
      return metrics.add('attempts', { kind: 'inProcess', outcome: 'failed' });
    case 'nodeSkipped':
      return metrics.add('nodesSkipped', { cause: event.cause });
    case 'cancelRequested':
      return metrics.add('cancelRequests', {});
    case 'executionPaused':
      return metrics.add('executionsPaused', { cause: event.cause });
    case 'executionSucceeded':
      return observeEnd(metrics, 'succeeded', event.at - requestedAtOf(executionId));
    case 'executionFailed':
      metrics.add('executionsFailed', { cause: causeOf(event.failure.reason) });
      return observeEnd(metrics, 'failed', event.at - requestedAtOf(executionId));
    case 'executionCanceled':
      return observeEnd(metrics, 'canceled', event.at - requestedAtOf(executionId));
    case 'executionRequested':
    case 'attemptStarted':
    case 'bodySucceeded':
    case 'agentTurned':
    case 'toolCalled':
    case 'taskHandedOver':
    case 'voteCast':
    case 'roundEnded':
    case 'noteWritten':
    case 'pastRecalled':
    case 'pauseRequested':
    case 'resumeRequested':
    case 'executionResumed':
      return;
    default:
      return assertNever(event);
  }
}

/** What nobody but the operator can mend. */
const OF_THE_PLATFORM: ReadonlySet<FailureReason> = new Set([
  'toolUnavailable',
  'agentUnavailable',
  'modelUnavailable',
  'orchestratorCrashed',
]);

const causeOf = (reason: FailureReason): 'user' | 'platform' => (OF_THE_PLATFORM.has(reason) ? 'platform' : 'user');

/** Of a kind that acts outside the process: a worker of the sandbox, or a model that says its tokens. */
function observeEffect(
  metrics: Metrics,
  outcome: 'succeeded' | 'failed' | 'canceled' | 'abandoned',
  measured: Measured,
): void {
  const kind = measured.usage?.inputTokens === undefined ? 'sandboxed' : 'model';
  const usage = usageOf(measured);
  metrics.add('attempts', { kind, outcome });
  if (usage !== undefined) metrics.observe('attemptDuration', { kind }, usage.wallMs / SECOND_MS);
}

function observeEnd(metrics: Metrics, status: 'succeeded' | 'failed' | 'canceled', durationMs: number): void {
  metrics.add('executionsFinished', { status });
  metrics.observe('executionDuration', { status }, Math.max(0, durationMs) / SECOND_MS);
}
