import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { BlueprintRecord } from '../blueprint/records.ts';
import type { Plan } from '../blueprint/plan.ts';
import type { Clock } from '../core/clock.ts';
import type { IdempotencyConflict, InvalidBlueprintError, InvalidInputError, NotFoundError } from '../core/errors.ts';
import type { BlueprintId, ExecutionId, TenantId } from '../core/ids.ts';
import type { Issue } from '../core/issue.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { createState } from '../execution/create-state.ts';
import type { ExecutionEventOf } from '../execution/events.ts';
import { projection } from '../execution/projection.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { BlueprintStore } from '../store/blueprint-store.ts';
import type { ExecutionStore, StartAnswer, StartRequest } from '../store/execution-store.ts';
import { NO_USAGE } from '../usage/usage.ts';
import { keepInput, type KeepInputDeps } from './keep-input.ts';
import type { PlanCache } from './plan-cache.ts';
import { requireScope, type Viewer } from './viewer.ts';

export interface StartExecutionInput {
  readonly blueprintId: BlueprintId;
  /** The published one when absent. */
  readonly version?: number | undefined;
  readonly input: Json;
  readonly idempotencyKey?: string | undefined;
  readonly budget?: { readonly maxWallMs?: number | undefined } | undefined;
}

/** `created` is false when the idempotency key was known. */
export interface StartedExecution {
  readonly execution: ExecutionRecord;
  readonly created: boolean;
}

export type StartExecutionError = NotFoundError | InvalidInputError | InvalidBlueprintError | IdempotencyConflict;
export type StartExecution = (
  viewer: Viewer,
  input: StartExecutionInput,
) => Promise<Result<StartedExecution, StartExecutionError>>;

/** A start of which the first turn is written together with the request. */
export interface ClaimedStart {
  readonly id: ExecutionId;
  readonly tenant: TenantId;
  readonly blueprintId: BlueprintId;
  readonly blueprintVersion: number;
  readonly plan: Plan;
  readonly requested: ExecutionEventOf<'executionRequested'>;
  readonly idempotency: StartRequest['idempotency'];
}

export interface StartExecutionDeps extends KeepInputDeps {
  readonly blueprints: Pick<BlueprintStore, 'getMany' | 'getRevisions'>;
  readonly executions: Pick<ExecutionStore, 'start' | 'getMany'>;
  readonly plans: PlanCache;
  readonly dispatch: Pick<Dispatch, 'ring'>;
  /** The journal's clock. */
  readonly clock: Pick<Clock, 'now'>;
  readonly newExecutionId: () => ExecutionId;
  /** What is wrong with a value by a JSON Schema; paths are relative to the value. */
  readonly checkInput: (schema: JsonObject, value: Json) => readonly Issue[];
  /** Of an orchestrator in this process; undefined as its answer: no free capacity. */
  readonly startClaimed?: ((start: ClaimedStart) => Promise<StartAnswer> | undefined) | undefined;
}

const IDEMPOTENCY_KEY_LENGTH = 255;

/** Starts a run of a blueprint; answers when the request is durable, never after the run. */
export function createStartExecution(deps: StartExecutionDeps): StartExecution {
  return async (viewer, input) => {
    requireScope(viewer, 'executions:write');
    const idempotency = toIdempotency(input);
    if (!idempotency.ok) return idempotency;
    const pinned = await pin(deps, viewer, input);
    if (!pinned.ok) return pinned;
    const { plan, revision } = pinned.value;
    const issues = [...checkArguments(input), ...checkAgainstSchema(deps, plan, input)];
    if (issues.length > 0) return err(invalidInput(issues));
    const value = await keepInput(deps, viewer.tenant, input.input);
    if (!value.ok) return err(invalidInput([value.error]));
    const maxWallMs = input.budget?.maxWallMs;
    const start: ClaimedStart = {
      id: deps.newExecutionId(),
      tenant: viewer.tenant,
      blueprintId: revision.blueprintId,
      blueprintVersion: revision.version,
      plan,
      requested: {
        type: 'executionRequested',
        sequence: 1,
        at: deps.clock.now(),
        ...revision,
        input: value.value,
        ...(maxWallMs === undefined ? {} : { maxWallMs }),
        requestedBy: viewer.subject,
      },
      idempotency: idempotency.value,
    };
    const answer = await (deps.startClaimed?.(start) ?? startUnclaimed(deps, start));
    return answer.type === 'created' ? ok({ execution: toRecord(start), created: true }) : known(deps, viewer, answer);
  };
}

async function startUnclaimed(deps: StartExecutionDeps, start: ClaimedStart): Promise<StartAnswer> {
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
function toRecord({ plan, requested, ...start }: ClaimedStart): ExecutionRecord {
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

interface Revision {
  readonly blueprintId: BlueprintId;
  readonly version: number;
  readonly fingerprint: string;
}

/** Which content runs: the version that was named, or the published one. */
async function pin(
  deps: StartExecutionDeps,
  viewer: Viewer,
  input: StartExecutionInput,
): Promise<Result<{ readonly plan: Plan; readonly revision: Revision }, StartExecutionError>> {
  const [blueprint] = await deps.blueprints.getMany(viewer.tenant, [input.blueprintId]);
  if (blueprint === undefined || blueprint.deletedAt !== undefined) {
    const message = `There is no blueprint with the ID "${input.blueprintId}" that you may see.`;
    return err({ kind: 'NotFoundError', message, id: input.blueprintId });
  }
  if (blueprint.archivedAt !== undefined) {
    const message = `Blueprint "${blueprint.name}" is archived and starts nothing. Restore it first.`;
    return err(invalidBlueprint({ rule: 'archived', path: '', message }));
  }
  const revision = await findRevision(deps, blueprint, input.version);
  if (!revision.ok) return revision;
  const plan = await deps.plans.compiled(viewer.tenant, revision.value.fingerprint);
  if (plan.ok) return ok({ plan: plan.value, revision: revision.value });
  const message = `Version ${revision.value.version} of blueprint "${blueprint.name}" has ${plan.error.length} issues and cannot start.`;
  return err({ kind: 'InvalidBlueprintError', message, issues: plan.error });
}

async function findRevision(
  { blueprints }: StartExecutionDeps,
  { id, tenant, name, publishedVersion, publishedFingerprint }: BlueprintRecord,
  version: number | undefined,
): Promise<Result<Revision, StartExecutionError>> {
  if (version === undefined || version === publishedVersion) {
    if (publishedVersion !== undefined && publishedFingerprint !== undefined) {
      return ok({ blueprintId: id, version: publishedVersion, fingerprint: publishedFingerprint });
    }
    const message = `Blueprint "${name}" has no published version. Publish one, or name the version to run.`;
    return err(invalidBlueprint({ rule: 'published', path: '', message }));
  }
  const [revision] = await blueprints.getRevisions(tenant, [{ id, version }]);
  if (revision) return ok({ blueprintId: id, version, fingerprint: revision.fingerprint });
  const message = `Blueprint "${name}" has no version ${version}.`;
  return err(invalidInput([{ rule: 'known-version', path: '/version', message }]));
}

/** The key and a hash of the arguments as they were given: before any default is filled in. */
function toIdempotency(input: StartExecutionInput): Result<StartRequest['idempotency'], InvalidInputError> {
  const { idempotencyKey: key, ...rest } = input;
  if (key === undefined) return ok(undefined);
  if (key.length === 0 || key.length > IDEMPOTENCY_KEY_LENGTH) {
    const message = `An idempotency key has 1 to ${IDEMPOTENCY_KEY_LENGTH} characters; this one has ${key.length}.`;
    return err(invalidInput([{ rule: 'idempotency-key', path: '/idempotencyKey', message }]));
  }
  const text = canonicalize(rest) ?? '';
  return ok({ key, argumentsHash: createHash('sha256').update(text).digest('hex') });
}

function checkArguments({ budget }: StartExecutionInput): readonly Issue[] {
  const maxWallMs = budget?.maxWallMs;
  if (maxWallMs === undefined || (Number.isSafeInteger(maxWallMs) && maxWallMs >= 1)) return [];
  return [{ rule: 'budget', path: '/budget/maxWallMs', message: `maxWallMs is ${maxWallMs}; give 1 ms or more.` }];
}

function checkAgainstSchema(deps: StartExecutionDeps, plan: Plan, { input }: StartExecutionInput): readonly Issue[] {
  if (plan.inputSchema === undefined) return [];
  return deps.checkInput(plan.inputSchema, input).map((issue) => ({ ...issue, path: `/input${issue.path}` }));
}

const invalidInput = (issues: readonly Issue[]): InvalidInputError => ({
  kind: 'InvalidInputError',
  message: `The execution was not started: ${issues.map(({ message }) => message).join(' ')}`,
  issues,
});

const invalidBlueprint = (issue: Issue): InvalidBlueprintError => ({
  kind: 'InvalidBlueprintError',
  message: issue.message,
  issues: [issue],
});
