import type { Clock } from '../core/clock.ts';
import type { AlreadyFinishedError, NotFoundError } from '../core/errors.ts';
import type { ExecutionId } from '../core/ids.ts';
import type { Result } from '../core/result.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { EventStore } from '../store/event-store.ts';
import type { ExecutionStore } from '../store/execution-store.ts';
import { answerRequest } from './answer-request.ts';
import { auditOf } from './audit.ts';
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
export function createCancelExecution(deps: CancelExecutionDeps): CancelExecution {
  return async (viewer, { id, reason }) => {
    requireScope(viewer, 'executions:write');
    const { tenant, subject: requestedBy } = viewer;
    const at = deps.clock.now();
    const fields = ['status', ...(reason === undefined ? [] : ['reason'])];
    const audit = auditOf(viewer, 'cancelExecution', { at, nounId: id, fields });
    const answer = await deps.events.requestCancel({ tenant, executionId: id, at, requestedBy, reason, audit });
    return answerRequest(deps, { tenant, id, answer, nothingTo: 'cancel' });
  };
}
