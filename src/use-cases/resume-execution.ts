import type { Clock } from '../core/clock.ts';
import type { AlreadyFinishedError, BudgetExceededError, InvalidInputError, NotFoundError } from '../core/errors.ts';
import type { ExecutionId } from '../core/ids.ts';
import { err, type Result } from '../core/result.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { toRecordedBudget } from '../execution/events.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import { isFinished } from '../execution/status.ts';
import type { ExecutionViews } from '../live/execution-views.ts';
import type { ExecutionNow } from '../live/follow-message.ts';
import type { EventStore } from '../store/event-store.ts';
import type { ExecutionStore } from '../store/execution-store.ts';
import { changedBudget, isSoftLimitReached, type BudgetChange } from '../usage/budget.ts';
import { answerRequest } from './answer-request.ts';
import { auditOf } from './audit.ts';
import { checkBudget } from './cost-budget.ts';
import { noExecution } from './no-execution.ts';
import { requireScope, type Viewer } from './viewer.ts';

export interface ResumeExecutionInput {
  readonly id: ExecutionId;
  /** What is absent stays as it is. */
  readonly budget?: BudgetChange | undefined;
}
export type ResumeExecutionError = NotFoundError | AlreadyFinishedError | InvalidInputError | BudgetExceededError;
export type ResumeExecution = (
  viewer: Viewer,
  input: ResumeExecutionInput,
) => Promise<Result<ExecutionRecord, ResumeExecutionError>>;

export interface ResumeExecutionDeps {
  readonly events: Pick<EventStore, 'requestResume'>;
  readonly executions: Pick<ExecutionStore, 'getMany'>;
  readonly views: Pick<ExecutionViews, 'acquire'>;
  readonly dispatch: Pick<Dispatch, 'ring'>;
  /** The journal's clock. */
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Lets a paused execution go on, or changes the budget of one that runs. Refused where it would pause again at once: the
 * orchestrator decides the same from the same events, so that a look that is a little old can only be too generous.
 */
export function createResumeExecution(deps: ResumeExecutionDeps): ResumeExecution {
  return async (viewer, { id, budget = {} }) => {
    requireScope(viewer, 'executions:write');
    const issues = checkBudget(budget);
    if (issues.length > 0) {
      const message = `The execution was not resumed: ${issues.map((issue) => issue.message).join(' ')}`;
      return err({ kind: 'InvalidInputError', message, issues });
    }
    const { tenant, subject: requestedBy } = viewer;
    const held = await deps.views.acquire(tenant, id);
    if (held === undefined) return err(noExecution(id));
    const execution = held.view.execution();
    held.release();
    const exceeded = exceededBy(execution, budget);
    if (exceeded !== undefined) return err(exceeded);
    const recorded = toRecordedBudget(budget);
    const at = deps.clock.now();
    const fields = ['status', ...(recorded === undefined ? [] : ['budget'])];
    const audit = auditOf(viewer, 'resumeExecution', { at, nounId: id, fields });
    // The same budget again would fill the journal, and make the owner read it.
    const answer = isAsItIs(execution, budget)
      ? 'alreadyRequested'
      : await deps.events.requestResume({ tenant, executionId: id, at, requestedBy, budget: recorded, audit });
    return answerRequest(deps, { tenant, id, answer, nothingTo: 'resume' });
  };
}

/** True of a change of the budget that changes nothing of an execution that goes on. */
function isAsItIs({ status, values }: ExecutionNow, change: BudgetChange): boolean {
  if (values === undefined || status === 'paused' || isFinished(status)) return false;
  if (toRecordedBudget(change) === undefined) return false;
  const { maxCostUsdMicros, softCostUsdMicros } = changedBudget(values.budget, change, values.ceilingUsdMicros);
  return maxCostUsdMicros === values.budget.maxCostUsdMicros && softCostUsdMicros === values.budget.softCostUsdMicros;
}

/** The limit that what was spent would still have reached. */
function exceededBy({ status, usage, values }: ExecutionNow, change: BudgetChange): BudgetExceededError | undefined {
  const hasChange = toRecordedBudget(change) !== undefined;
  if (values === undefined || isFinished(status) || (status !== 'paused' && !hasChange)) return undefined;
  const budget = changedBudget(values.budget, change, values.ceilingUsdMicros);
  const spent = usage.costUsdMicros;
  const { maxCostUsdMicros: max, softCostUsdMicros: soft } = budget;
  if (soft !== undefined && isSoftLimitReached(budget, spent)) return exceeded('soft', soft, spent);
  return max !== undefined && change.maxCostUsdMicros !== undefined && spent > max
    ? exceeded('max', max, spent)
    : undefined;
}

const exceeded = (name: 'soft' | 'max', limitUsdMicros: bigint, spent: bigint): BudgetExceededError => ({
  kind: 'BudgetExceededError',
  message:
    `The execution has cost ${spent} micro-dollars, and its ${name === 'soft' ? 'soft' : 'hard'} limit would be ` +
    `${limitUsdMicros}. Resume it with a larger ${name}CostUsdMicros; a blueprint bounds maxCostUsdMicros.`,
  limitUsdMicros,
  estimateUsdMicros: spent,
});
