import type { BudgetExceededError as BudgetExceeded } from '../../core/errors.ts';
import type { ExecutionRecord } from '../../execution/records.ts';
import type { PauseExecutionError } from '../../use-cases/pause-execution.ts';
import type { ResumeExecutionError } from '../../use-cases/resume-execution.ts';
import { builder } from '../builder.ts';
import { ErrorInterface, resultUnion } from '../result-union.ts';
import { InvalidInputError, NotFoundError } from './error.ts';
import { AlreadyFinishedError, isMissing, toReason } from './execution-mutations.ts';
import { ExecutionType, toExecutionId } from './execution-refs.ts';
import { toBudgetChange } from './execution-values.ts';
import { notFound } from './ids.ts';

const INPUT = 'All arguments.';

const BudgetExceededError = builder.objectRef<BudgetExceeded>('BudgetExceededError').implement({
  description: 'It has cost more, or would, than it may. Nothing was changed.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    limitUsdMicros: t.expose('limitUsdMicros', { type: 'BigInt', description: 'The limit that is met.' }),
    estimateUsdMicros: t.expose('estimateUsdMicros', { type: 'BigInt', description: 'What it has cost, or would.' }),
  }),
});

interface Executed {
  readonly execution: ExecutionRecord;
}
const success = (verb: string, description: string) =>
  builder.objectRef<Executed>(`${verb}Success`).implement({
    description,
    fields: (t) => ({ execution: t.expose('execution', { type: ExecutionType, description: 'As it is now.' }) }),
  });

const PauseExecutionResult = resultUnion<Executed, PauseExecutionError>('PauseExecution', {
  success: success('PauseExecution', 'Nothing more begins. What runs may end; watch its nodes to see when.'),
  errors: { NotFoundError, AlreadyFinishedError },
});

const ResumeExecutionResult = resultUnion<Executed, ResumeExecutionError>('ResumeExecution', {
  success: success('ResumeExecution', 'It goes on, or was not paused.'),
  errors: { NotFoundError, AlreadyFinishedError, InvalidInputError, BudgetExceededError },
});

const PauseExecutionInput = builder.inputType('PauseExecutionInput', {
  description: 'What shall hold still.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the execution.' }),
    reason: t.string({ description: 'Recorded with the request; at most 1,000 characters.' }),
  }),
});

const ResumeBudgetInput = builder.inputType('ResumeBudgetInput', {
  description: 'What the execution may cost from now on, with all that it has cost; what is absent stays as it is.',
  fields: (t) => ({
    maxCostUsdMicros: t.field({
      type: 'BigInt',
      description: 'The hard limit in micro-dollars, at most what the blueprint allows.',
    }),
    softCostUsdMicros: t.field({
      type: 'BigInt',
      description: 'The cost in micro-dollars at which it pauses again. Above the hard limit it never does.',
    }),
  }),
});

const ResumeExecutionInput = builder.inputType('ResumeExecutionInput', {
  description: 'What shall go on.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the execution.' }),
    budget: t.field({
      type: ResumeBudgetInput,
      description: 'A larger one where it paused at its soft limit. Taken also while it runs.',
    }),
  }),
});

builder.mutationFields((t) => ({
  pauseExecution: t.field({
    type: PauseExecutionResult,
    nullable: true,
    description:
      'Lets nothing more begin in an execution. Answers when that is recorded; asking twice is asking once, and what is being canceled is left to that.',
    args: { input: t.arg({ type: PauseExecutionInput, required: true, description: INPUT }) },
    resolve: async (_root, { input: { id: globalId, reason } }, { viewer, executions }) => {
      const id = toExecutionId(globalId);
      if (id === undefined) return notFound('execution', globalId);
      const paused = await executions.pauseExecution(viewer, { id, reason: toReason(reason) });
      if (isMissing(paused)) return notFound('execution', globalId);
      return paused.ok ? { execution: paused.value } : paused.error;
    },
  }),
  resumeExecution: t.field({
    type: ResumeExecutionResult,
    nullable: true,
    description:
      'Lets a paused execution go on, or changes the budget of one that runs. BudgetExceededError where it would pause again at once.',
    args: { input: t.arg({ type: ResumeExecutionInput, required: true, description: INPUT }) },
    resolve: async (_root, { input: { id: globalId, budget } }, { viewer, executions }) => {
      const id = toExecutionId(globalId);
      if (id === undefined) return notFound('execution', globalId);
      const resumed = await executions.resumeExecution(viewer, { id, budget: toBudgetChange(budget ?? {}) });
      if (isMissing(resumed)) return notFound('execution', globalId);
      return resumed.ok ? { execution: resumed.value } : resumed.error;
    },
  }),
}));
