import { assertNever } from '../core/assert-never.ts';
import type { ExecutionId } from '../core/ids.ts';
import type { Committed } from '../execution/committed.ts';
import { usageOf, type ExecutionEvent, type ExecutionEventOf } from '../execution/events.ts';
import type { Metrics } from './metrics.ts';

const SECOND_MS = 1_000;

/** When the ID was made: the first 48 bits of a UUIDv7 are milliseconds since 1970. */
export const requestedAtOf = (id: ExecutionId): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

/** Counts what was committed. Hand it the batches of this process only, or two processes count one event. */
export function observeEvents(metrics: Metrics): (committed: readonly Committed[]) => void {
  return (committed) => {
    for (const { executionId, events } of committed) {
      for (const event of events ?? []) observeEvent(metrics, executionId, event);
    }
  };
}

function observeEvent(metrics: Metrics, executionId: ExecutionId, event: ExecutionEvent): void {
  switch (event.type) {
    case 'executionStarted':
      return metrics.add('executionsStarted', {});
    case 'attemptSucceeded':
      return observeSuccess(metrics, event);
    case 'attemptFailed':
      return observeSandboxed(metrics, 'failed', usageOf(event)?.wallMs);
    case 'attemptCanceled':
      return observeSandboxed(metrics, 'canceled', usageOf(event)?.wallMs);
    case 'attemptAbandoned':
      return observeSandboxed(metrics, 'abandoned', undefined);
    case 'nodeFailed':
      return metrics.add('attempts', { kind: 'inProcess', outcome: 'failed' });
    case 'nodeSkipped':
      return metrics.add('nodesSkipped', { cause: event.cause });
    case 'cancelRequested':
      return metrics.add('cancelRequests', {});
    case 'executionSucceeded':
      return observeEnd(metrics, 'succeeded', event.at - requestedAtOf(executionId));
    case 'executionFailed':
      return observeEnd(metrics, 'failed', event.at - requestedAtOf(executionId));
    case 'executionCanceled':
      return observeEnd(metrics, 'canceled', event.at - requestedAtOf(executionId));
    case 'executionRequested':
    case 'attemptStarted':
    case 'bodySucceeded':
      return;
    default:
      return assertNever(event);
  }
}

function observeSuccess(metrics: Metrics, event: ExecutionEventOf<'attemptSucceeded'>): void {
  // The sandbox measures what runs in it; nothing else has a usage.
  const usage = usageOf(event);
  if (usage !== undefined) return observeSandboxed(metrics, 'succeeded', usage.wallMs);
  metrics.add('attempts', { kind: 'inProcess', outcome: 'succeeded' });
  if (event.startedAt === undefined) return;
  metrics.observe('attemptDuration', { kind: 'inProcess' }, (event.at - event.startedAt) / SECOND_MS);
}

function observeSandboxed(
  metrics: Metrics,
  outcome: 'succeeded' | 'failed' | 'canceled' | 'abandoned',
  wallMs: number | undefined,
): void {
  metrics.add('attempts', { kind: 'sandboxed', outcome });
  if (wallMs !== undefined) metrics.observe('attemptDuration', { kind: 'sandboxed' }, wallMs / SECOND_MS);
}

function observeEnd(metrics: Metrics, status: 'succeeded' | 'failed' | 'canceled', durationMs: number): void {
  metrics.add('executionsFinished', { status });
  metrics.observe('executionDuration', { status }, Math.max(0, durationMs) / SECOND_MS);
}
