import type { Clock } from '../core/clock.ts';
import type { AlreadyFinishedError, NotFoundError } from '../core/errors.ts';
import type { ExecutionId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { EventStore } from '../store/event-store.ts';
import type { ExecutionStore } from '../store/execution-store.ts';
import { noExecution } from './no-execution.ts';
import { requireScope, type Viewer } from './viewer.ts';

export interface CancelExecutionInput {
  readonly id: ExecutionId;
  readonly reason?: string | undefined;
}
export type CancelExecutionError = NotFoundError | AlreadyFinishedError;
export type CancelExecution = (
  viewer: Viewer,
  input: CancelExecutionInput,
) => Promise<Result<ExecutionRecord, CancelExecutionError>>;

export interface CancelExecutionDeps {
  readonly events: Pick<EventStore, 'requestCancel'>;
  readonly executions: Pick<ExecutionStore, 'getMany'>;
  readonly dispatch: Pick<Dispatch, 'ring'>;
  /** The journal's clock. */
  readonly clock: Pick<Clock, 'now'>;
}

/** Records that an execution shall end; the receipt comes with `executionCanceled`. Asking twice is asking once. */
export function createCancelExecution({ events, executions, dispatch, clock }: CancelExecutionDeps): CancelExecution {
  return async (viewer, { id, reason }) => {
    requireScope(viewer, 'executions:write');
    const { tenant, subject } = viewer;
    const answer = await events.requestCancel({
      tenant,
      executionId: id,
      at: clock.now(),
      requestedBy: subject,
      reason,
    });
    if (answer === 'notFound') return err(noExecution(id));
    if (answer === 'finished') {
      const message = 'This execution has finished already; there is nothing to cancel.';
      return err({ kind: 'AlreadyFinishedError', message, executionId: id });
    }
    // Also when it was recorded before: the ring may have been lost.
    dispatch.ring(id);
    const [execution] = await executions.getMany(tenant, [id]);
    return execution === undefined ? err(noExecution(id)) : ok(execution);
  };
}
