import { observeEvents } from '../telemetry/observe-events.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { BatchReport } from '../store/batcher.ts';
import type { Committed } from '../execution/committed.ts';
import { DatabaseUnavailableError } from '../store/unavailable.ts';
import type { OwnedExecution } from '../orchestrator/run.ts';

/** What the parts report, as metrics and log lines. Adapters know neither. */
export interface Observers {
  readonly onCommitted: (committed: readonly Committed[]) => void;
  readonly onBatch: (report: BatchReport) => void;
  /** Something failed that is tried again: the database is away, or one execution met a bug. */
  readonly reportFault: (error: unknown, of?: Pick<OwnedExecution, 'executionId'>) => void;
  /** A bug; the client was told the ID alone. */
  readonly reportBug: (error: unknown, errorId: string) => void;
}

export function createObservers(metrics: Metrics, logger: Logger, tracing?: Tracing): Observers {
  const observe = observeEvents(metrics);
  return {
    onCommitted: observe,
    onBatch({ executions, events, ms }) {
      tracing?.record('journal commit', { ms, attributes: { 'iceos.executions': executions, 'iceos.events': events } });
      metrics.observe('batchExecutions', {}, executions);
      metrics.observe('batchEvents', {}, events);
      metrics.observe('batchDuration', {}, ms / 1_000);
    },
    reportFault(error, of) {
      const fields = { err: error, ...(of ? { executionId: of.executionId } : {}) };
      if (error instanceof DatabaseUnavailableError) logger.warn('the database does not answer', fields);
      else {
        metrics.add('unexpectedErrors', { part: of ? 'orchestrator' : 'store' });
        logger.error('something failed and is tried again', fields);
      }
    },
    reportBug(error, errorId) {
      metrics.add('unexpectedErrors', { part: 'gateway' });
      logger.error('a request met a bug', { err: error, errorId });
    },
  };
}
