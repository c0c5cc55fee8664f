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

export interface PauseExecutionInput {
  readonly id: ExecutionId;
  readonly reason?: string | undefined;
}
export type PauseExecutionError = NotFoundError | AlreadyFinishedError;
export type PauseExecution = (
  viewer: Viewer,
  input: PauseExecutionInput,
) => Promise<Result<ExecutionRecord, PauseExecutionError>>;

export interface PauseExecutionDeps {
  readonly events: Pick<EventStore, 'requestPause'>;
  readonly executions: Pick<ExecutionStore, 'getMany'>;
  readonly dispatch: Pick<Dispatch, 'ring'>;
  /** The journal's clock. */
  readonly clock: Pick<Clock, 'now'>;
}

/** From its request on nothing begins in the execution; what runs may end. Asking twice is asking once. */
export function createPauseExecution(deps: PauseExecutionDeps): PauseExecution {
  return async (viewer, { id, reason }) => {
    requireScope(viewer, 'executions:write');
    const { tenant, subject: requestedBy } = viewer;
    const at = deps.clock.now();
    const fields = ['status', ...(reason === undefined ? [] : ['reason'])];
    const audit = auditOf(viewer, 'pauseExecution', { at, nounId: id, fields });
    const answer = await deps.events.requestPause({ tenant, executionId: id, at, requestedBy, reason, audit });
    return answerRequest(deps, { tenant, id, answer, nothingTo: 'pause' });
  };
}
