import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Plan } from '../blueprint/plan.ts';
import type { Clock } from '../core/clock.ts';
import type { IdempotencyConflict, InvalidInputError } from '../core/errors.ts';
import type { BlueprintId, ExecutionId } from '../core/ids.ts';
import type { Issue } from '../core/issue.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { createState } from '../execution/create-state.ts';
import { toRecordedBudget } from '../execution/events.ts';
import { projection } from '../execution/projection.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { ExecutionStart, Idempotency } from '../execution/start.ts';
import type { ExecutionStore, StartAnswer, StartRequest } from '../store/execution-store.ts';
import type { ValueStore } from '../store/value-store.ts';
import { changedBudget, type BudgetChange } from '../usage/budget.ts';
import { NO_USAGE } from '../usage/usage.ts';
import { auditOf, namesOf } from './audit.ts';
import { checkBudget } from './cost-budget.ts';
import {
  createPinRevision,
  invalidInput,
  type PinError,
  type PinRevision,
  type PinRevisionDeps,
} from './pin-revision.ts';
import { ForbiddenError, requireScope, type Viewer } from './viewer.ts';

export interface StartExecutionInput {
  readonly blueprintId: BlueprintId;
  /** The published one when absent. */
  readonly version?: number | undefined;
  readonly input: Json;
  readonly idempotencyKey?: string | undefined;
  /** It lowers what the blueprint allows, and never raises it; the soft limit of the cost is the start's to choose. */
  readonly budget?: StartBudget | undefined;
}

export interface StartBudget extends BudgetChange {
  readonly maxWallMs?: number | undefined;
}

/** `created` is false when the idempotency key was known. */
export interface StartedExecution {
  readonly execution: ExecutionRecord;
  readonly created: boolean;
}

export type StartExecutionError = PinError | IdempotencyConflict;
export type StartExecution = (
  viewer: Viewer,
  input: StartExecutionInput,
) => Promise<Result<StartedExecution, StartExecutionError>>;

export interface StartExecutionDeps extends PinRevisionDeps {
  readonly values: Pick<ValueStore, 'keep'>;
  readonly executions: Pick<ExecutionStore, 'start' | 'getMany' | 'findStart'>;
  readonly dispatch: Pick<Dispatch, 'ring'>;
  /** The journal's clock. */
  readonly clock: Pick<Clock, 'now'>;
  readonly newExecutionId: () => ExecutionId;
  /** Of the request that is answered now, where it is traced. */
  readonly traceparent?: (() => string | undefined) | undefined;
  /** What is wrong with a value by a JSON Schema; paths are relative to the value. */
  readonly checkInput: (schema: JsonObject, value: Json) => readonly Issue[];
  /** Of an orchestrator in this process; undefined as its answer: no free capacity. */
  readonly startClaimed?: ((start: ExecutionStart) => Promise<StartAnswer> | undefined) | undefined;
}

const IDEMPOTENCY_KEY_LENGTH = 255;

/** Starts a run of a blueprint; answers when the request is durable, never after the run. */
export function createStartExecution(given: StartExecutionDeps): StartExecution {
  const deps = { ...given, pinRevision: createPinRevision(given) };
  return async (viewer, input) => {
    requireScope(viewer, 'executions:write');
    const idempotency = toIdempotency(input);
    if (!idempotency.ok) return idempotency;
    const prepared = await prepare(deps, viewer, input).catch(async (error: unknown) => {
      // Refused now, as the published version has changed: what was started before is still the answer.
      const before = error instanceof ForbiddenError ? await startedBefore(deps, viewer, idempotency.value) : undefined;
      if (before === undefined) throw error;
      return { ok: false as const, before };
    });
    if ('before' in prepared) return prepared.before;
    // What was started before stays so, whatever has become of the blueprint since.
    if (!prepared.ok) return (await startedBefore(deps, viewer, idempotency.value)) ?? prepared;
    const start: ExecutionStart = { idempotency: idempotency.value, ...prepared.value };
    const answer = await (deps.startClaimed?.(start) ?? startUnclaimed(deps, start));
    return answer.type === 'created' ? ok({ execution: toRecord(start), created: true }) : known(deps, viewer, answer);
  };
}

/** Checks everything, and gives the input its place. */
async function prepare(
  deps: StartExecutionDeps & { readonly pinRevision: PinRevision },
  viewer: Viewer,
  input: StartExecutionInput,
): Promise<Result<Omit<ExecutionStart, 'idempotency'>, StartExecutionError>> {
  const pinned = await deps.pinRevision(viewer, input);
  if (!pinned.ok) return pinned;
  const { plan, revision } = pinned.value;
  const issues = [...checkArguments(input), ...checkAgainstSchema(deps, plan, input)];
  if (issues.length > 0) return err(invalidInput(issues));
  const kept = await deps.values.keep(viewer.tenant, input.input);
  if ('tooLarge' in kept) {
    return err(invalidInput([{ rule: 'input-size', path: '/input', message: `The input ${kept.tooLarge}.` }]));
  }
  const maxWallMs = input.budget?.maxWallMs;
  const budget = toRecordedBudget(changedBudget(plan.budget, input.budget ?? {}, plan.budget.maxCostUsdMicros));
  const traceparent = deps.traceparent?.();
  const id = deps.newExecutionId();
  const at = deps.clock.now();
  return ok({
    id,
    audit: auditOf(viewer, 'startExecution', { at, nounId: id, fields: namesOf(input) }),
    tenant: viewer.tenant,
    blueprintId: revision.blueprintId,
    blueprintVersion: revision.version,
    plan,
    requested: {
      type: 'executionRequested',
      sequence: 1,
      at,
      input: kept,
      requestedBy: viewer.subject,
      ...revision,
      ...(maxWallMs === undefined ? {} : { maxWallMs }),
      ...(budget && { budget }),
      ...(traceparent !== undefined && { traceparent }),
    },
  });
}

async function startedBefore(
  deps: StartExecutionDeps,
  viewer: Viewer,
  idempotency: Idempotency | undefined,
): Promise<Result<StartedExecution, StartExecutionError> | undefined> {
  if (idempotency === undefined) return undefined;
  const { key, argumentsHash } = idempotency;
  const start = await deps.executions.findStart(viewer.tenant, key);
  if (start === undefined) return undefined;
  return known(deps, viewer, { type: 'exists', id: start.id, sameArguments: start.argumentsHash === argumentsHash });
}

async function startUnclaimed(deps: StartExecutionDeps, start: ExecutionStart): Promise<StartAnswer> {
  const { plan, requested, ...rest } = start;
  const request: StartRequest = {
    ...rest,
    events: [requested],
    projection: projection(createState(plan, requested)),
    owner: undefined,
  };
  const answer = await deps.executions.start(request);
  if (answer.type === 'created') deps.dispatch.ring(start.id);
  return answer;
}

/** The row as it was requested; what came of it since is read by whoever asks. */
function toRecord({ plan, requested, ...start }: ExecutionStart): ExecutionRecord {
  const { id, tenant, blueprintId, blueprintVersion } = start;
  return {
    id,
    tenant,
    blueprintId,
    blueprintVersion,
    status: 'pending',
    lastSequence: requested.sequence,
    progress: { done: 0, total: plan.root.nodes.length },
    usage: NO_USAGE,
    requestedAt: requested.at,
    finishedAt: undefined,
  };
}

async function known(
  { executions }: StartExecutionDeps,
  viewer: Viewer,
  { id, sameArguments }: Extract<StartAnswer, { type: 'exists' }>,
): Promise<Result<StartedExecution, StartExecutionError>> {
  if (!sameArguments) {
    const message =
      'This idempotency key was used with other arguments. Use a new key for another execution, or the same arguments.';
    return err({ kind: 'IdempotencyConflict', message, executionId: id });
  }
  const [execution] = await executions.getMany(viewer.tenant, [id]);
  if (execution === undefined) throw new Error(`Execution ${id} of a known idempotency key is missing.`);
  return ok({ execution, created: false });
}

/** The key and a hash of the arguments as they were given: before any default is filled in. */
function toIdempotency(input: StartExecutionInput): Result<Idempotency | undefined, InvalidInputError> {
  const { idempotencyKey: key, ...rest } = input;
  if (key === undefined) return ok(undefined);
  // Postgres keeps no NUL in text.
  if (key.length === 0 || key.length > IDEMPOTENCY_KEY_LENGTH || key.includes('\u0000')) {
    const message = `An idempotency key has 1 to ${IDEMPOTENCY_KEY_LENGTH} characters, none of them NUL; this one has ${key.length}.`;
    return err(invalidInput([{ rule: 'idempotency-key', path: '/idempotencyKey', message }]));
  }
  const { maxCostUsdMicros: max, softCostUsdMicros: soft, ...budget } = rest.budget ?? {};
  // JSON knows no bigint.
  const money = { maxCostUsdMicros: max?.toString(), softCostUsdMicros: soft?.toString() };
  const text = canonicalize({ ...rest, ...(rest.budget && { budget: { ...budget, ...money } }) }) ?? '';
  return ok({ key, argumentsHash: createHash('sha256').update(text).digest('hex') });
}

function checkArguments({ budget = {} }: StartExecutionInput): readonly Issue[] {
  const { maxWallMs } = budget;
  const issues = checkBudget(budget);
  if (maxWallMs === undefined || (Number.isSafeInteger(maxWallMs) && maxWallMs >= 1)) return issues;
  return [
    ...issues,
    { rule: 'budget', path: '/budget/maxWallMs', message: `maxWallMs is ${maxWallMs}; give 1 ms or more.` },
  ];
}

function checkAgainstSchema(deps: StartExecutionDeps, plan: Plan, { input }: StartExecutionInput): readonly Issue[] {
  if (plan.inputSchema === undefined) return [];
  return deps.checkInput(plan.inputSchema, input).map((issue) => ({ ...issue, path: `/input${issue.path}` }));
}
