import type {
  IdempotencyConflict as IdempotencyConflictOf,
  AlreadyFinishedError as AlreadyFinished,
} from '../../core/errors.ts';
import { ExecutionId } from '../../core/ids.ts';
import type { Result } from '../../core/result.ts';
import type { ExecutionRecord } from '../../execution/records.ts';
import type { CancelExecutionError } from '../../use-cases/cancel-execution.ts';
import type { StartedExecution, StartExecutionError } from '../../use-cases/start-execution.ts';
import { builder } from '../builder.ts';
import type { OperationContext } from '../context.ts';
import { badRequest } from '../problem.ts';
import { ErrorInterface, resultUnion, unwrap } from '../result-union.ts';
import { InvalidBlueprintError, InvalidInputError, NotFoundError } from './error.ts';
import { ExecutionType, toExecutionId } from './execution-refs.ts';
import { toBudgetChange } from './execution-values.ts';
import { notFound, toBlueprintId } from './ids.ts';

const INPUT = 'All arguments.';

async function executionOf(id: string, load: OperationContext['load']): Promise<ExecutionRecord> {
  const execution = await load.execution.load(ExecutionId.parse(id));
  if (execution === undefined) throw new Error(`Execution ${id} is missing.`);
  return execution;
}

/** Then the answer names the ID as the client gave it. */
export const isMissing = (result: Result<unknown, { readonly kind: string }>): boolean =>
  !result.ok && result.error.kind === 'NotFoundError';

const MAX_REASON_LENGTH = 1_000;

/** Why somebody asks, as it stands in the event. */
export function toReason(reason: string | null | undefined): string | undefined {
  if (reason && reason.length > MAX_REASON_LENGTH) {
    throw badRequest(`The reason has ${reason.length} characters; at most ${MAX_REASON_LENGTH} are taken.`);
  }
  return reason ?? undefined;
}

const IdempotencyConflict = builder.objectRef<IdempotencyConflictOf>('IdempotencyConflict').implement({
  description: 'The key was used with other arguments. Nothing was started.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    execution: t.field({
      type: ExecutionType,
      description: 'What the key stands for.',
      resolve: ({ executionId }, _args, { load }) => executionOf(executionId, load),
    }),
  }),
});

export const AlreadyFinishedError = builder.objectRef<AlreadyFinished>('AlreadyFinishedError').implement({
  description: 'The execution has ended; its last event is final.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    execution: t.field({
      type: ExecutionType,
      description: 'How it ended.',
      resolve: ({ executionId }, _args, { load }) => executionOf(executionId, load),
    }),
  }),
});

const StartExecutionResult = resultUnion<StartedExecution, StartExecutionError>('StartExecution', {
  success: builder.objectRef<StartedExecution>('StartExecutionSuccess').implement({
    description: 'The request is durable: it will run, whatever happens to this server.',
    fields: (t) => ({
      execution: t.expose('execution', { type: ExecutionType, description: 'What was started.' }),
      created: t.exposeBoolean('created', { description: 'False when the idempotency key was known.' }),
    }),
  }),
  errors: { NotFoundError, InvalidInputError, InvalidBlueprintError, IdempotencyConflict },
});

const CancelExecutionResult = resultUnion<{ readonly execution: ExecutionRecord }, CancelExecutionError>(
  'CancelExecution',
  {
    success: builder.objectRef<{ readonly execution: ExecutionRecord }>('CancelExecutionSuccess').implement({
      description: 'Recorded, not yet quiet: the executionCanceled event carries the receipt.',
      fields: (t) => ({
        execution: t.expose('execution', { type: ExecutionType, description: 'As it is now.' }),
      }),
    }),
    errors: { NotFoundError, AlreadyFinishedError },
  },
);

const BudgetInput = builder.inputType('BudgetInput', {
  description: 'What the execution may use at most; it can only lower the hard limits of the blueprint.',
  fields: (t) => ({
    maxCostUsdMicros: t.field({
      type: 'BigInt',
      description: 'The most that it may cost, in micro-dollars: a call that could pass it is refused.',
    }),
    softCostUsdMicros: t.field({
      type: 'BigInt',
      description: 'The cost in micro-dollars at which it pauses. Above the hard limit it never does.',
    }),
    maxWallMs: t.field({ type: 'SafeInt', description: 'The longest that it may take, in ms. Default 24 h.' }),
  }),
});

const StartExecutionInput = builder.inputType('StartExecutionInput', {
  description: 'What to run, and on what.',
  fields: (t) => ({
    blueprintId: t.id({ required: true, description: 'Of the blueprint.' }),
    version: t.int({ description: 'Which version. Default: the published one.' }),
    input: t.field({
      type: 'JSON',
      // No default in the schema: graphql-js cannot print (nor introspect) an object as the default of a scalar.
      description: "Must match the blueprint's `input`; at most 16 MiB as JSON. Default {}.",
    }),
    idempotencyKey: t.string({
      description:
        'Your name for this start, 1 to 255 characters: the same key with the same arguments is the same execution.',
    }),
    budget: t.field({ type: BudgetInput, description: 'Default: as the blueprint says.' }),
  }),
});

const CancelExecutionInput = builder.inputType('CancelExecutionInput', {
  description: 'What shall end.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the execution.' }),
    reason: t.string({ description: 'Recorded with the request; at most 1,000 characters.' }),
  }),
});

builder.mutationFields((t) => ({
  startExecution: t.field({
    extensions: { rateLimit: { max: 60_000 } },
    type: StartExecutionResult,
    nullable: true,
    description: 'Starts an execution. Answers when the request is durable, never after the run.',
    args: { input: t.arg({ type: StartExecutionInput, required: true, description: INPUT }) },
    resolve: async (_root, { input: { blueprintId: globalId, ...input } }, { viewer, executions }) => {
      const blueprintId = toBlueprintId(globalId);
      if (blueprintId === undefined) return notFound('blueprint', globalId);
      const started = await executions.startExecution(viewer, {
        blueprintId,
        version: input.version ?? undefined,
        input: input.input ?? {},
        idempotencyKey: input.idempotencyKey ?? undefined,
        budget: input.budget
          ? { ...toBudgetChange(input.budget), maxWallMs: input.budget.maxWallMs ?? undefined }
          : undefined,
      });
      return isMissing(started) ? notFound('blueprint', globalId) : unwrap(started);
    },
  }),
  cancelExecution: t.field({
    type: CancelExecutionResult,
    nullable: true,
    description: 'Asks that an execution ends. Answers when the request is recorded; asking twice is asking once.',
    args: { input: t.arg({ type: CancelExecutionInput, required: true, description: INPUT }) },
    resolve: async (_root, { input: { id: globalId, reason } }, { viewer, executions }) => {
      const id = toExecutionId(globalId);
      if (id === undefined) return notFound('execution', globalId);
      const canceled = await executions.cancelExecution(viewer, { id, reason: toReason(reason) });
      if (isMissing(canceled)) return notFound('execution', globalId);
      return canceled.ok ? { execution: canceled.value } : canceled.error;
    },
  }),
}));
