import type { AlreadyFinishedError, NotFoundError } from '../core/errors.ts';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { ExecutionStore } from '../store/execution-store.ts';
import type { RequestAnswer } from '../store/requests.ts';
import { noExecution } from './no-execution.ts';

export interface AnswerRequestDeps {
  readonly executions: Pick<ExecutionStore, 'getMany'>;
  readonly dispatch: Pick<Dispatch, 'ring'>;
}

interface Answered {
  readonly tenant: TenantId;
  readonly id: ExecutionId;
  readonly answer: RequestAnswer;
  readonly nothingTo: 'cancel' | 'pause' | 'resume';
}

/** What the client hears of its request: the execution as it is now. Its owner is told. */
export async function answerRequest(
  { executions, dispatch }: AnswerRequestDeps,
  { tenant, id, answer, nothingTo }: Answered,
): Promise<Result<ExecutionRecord, NotFoundError | AlreadyFinishedError>> {
  if (answer === 'notFound') return err(noExecution(id));
  if (answer === 'finished') {
    const message = `This execution has finished already; there is nothing to ${nothingTo}.`;
    return err({ kind: 'AlreadyFinishedError', message, executionId: id });
  }
  // Also when it was recorded before: the ring may have been lost.
  dispatch.ring(id);
  const [execution] = await executions.getMany(tenant, [id]);
  return execution === undefined ? err(noExecution(id)) : ok(execution);
}
