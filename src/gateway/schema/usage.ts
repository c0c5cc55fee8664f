import type { NotFoundError as NotFound } from '../../core/errors.ts';
import type { RunningUsage as Running, UsageTotals as Totals } from '../../usage/ledger.ts';
import { builder } from '../builder.ts';
import { encodeGlobalId } from '../global-id.ts';
import { mapMessages, onlyMessage } from '../map-messages.ts';
import { badRequest } from '../problem.ts';
import { BlueprintType } from './blueprint-refs.ts';
import { NotFoundError } from './error.ts';
import { toExecutionId } from './execution-refs.ts';
import { notFound } from './ids.ts';
import { LedgerFilter, toLedgerFilter } from './ledger-filter.ts';
import { CallKind, TokenCounts, UsageGrouping } from './ledger-values.ts';

const CALLS = 'Calls of models that are settled.';
const ESTIMATED = 'Of those: calls whose usage nobody received. They are charged the most that was reserved for them.';

const UsageTotals = builder.objectRef<Totals>('UsageTotals').implement({
  description: 'The sums of one group of calls. What names the group is there, the other names are null.',
  interfaces: [TokenCounts],
  fields: (t) => ({
    startsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The first instant of the day or hour. Null unless grouped by one of them.',
      resolve: ({ startsAt }) => startsAt ?? null,
    }),
    blueprintId: t.id({
      nullable: true,
      description: 'ID of the blueprint. Null unless grouped by it.',
      resolve: ({ blueprintId }) => (blueprintId === undefined ? null : encodeGlobalId('Blueprint', blueprintId)),
    }),
    blueprint: t.field({
      type: BlueprintType,
      nullable: true,
      description: 'The blueprint. Null unless grouped by it, or when it is not kept any more.',
      resolve: ({ blueprintId }, _args, { load }) =>
        blueprintId === undefined ? null : load.blueprint.load(blueprintId),
    }),
    model: t.string({
      nullable: true,
      description: 'Name of the model. Null unless grouped by it.',
      resolve: ({ model }) => model ?? null,
    }),
    kind: t.field({
      type: CallKind,
      nullable: true,
      description: 'What models were asked for. Null unless grouped by it.',
      resolve: ({ kind }) => kind ?? null,
    }),
    costUsdMicros: t.expose('costUsdMicros', {
      type: 'BigInt',
      description: 'What they cost, in whole micro-dollars.',
    }),
    calls: t.expose('calls', { type: 'SafeInt', description: CALLS }),
    estimatedCalls: t.expose('estimatedCalls', { type: 'SafeInt', description: ESTIMATED }),
  }),
});

builder.queryField('usageTotals', (t) =>
  t.field({
    type: [UsageTotals],
    extensions: { complexity: { weight: 50 }, rateLimit: { max: 600 } },
    nullable: true,
    description:
      'What calls of models have cost, in sums: days and hours in their order, else what cost the most first. At most ' +
      '1,000 groups (ICEOS_MAX_USAGE_GROUPS); where there are more, the answer is an error. Every call of the given time is ' +
      'read: give `from` where there are millions.',
    args: {
      groupBy: t.arg({ type: UsageGrouping, required: true, description: 'What one sum is made of.' }),
      filter: t.arg({ type: LedgerFilter, description: 'Which calls. Default: all.' }),
    },
    resolve: async (_root, { groupBy, filter: given }, { viewer, usage }) => {
      const filter = toLedgerFilter(given);
      if (filter === undefined) return [];
      const totals = await usage.getTotals(viewer, filter, groupBy);
      if (!totals.ok) throw badRequest(totals.error.message);
      return [...totals.value];
    },
  }),
);

const RunningUsage = builder.objectRef<Running>('RunningUsage').implement({
  description: 'What a root execution has cost so far, with all that it started.',
  interfaces: [TokenCounts],
  fields: (t) => ({
    rootExecutionId: t.id({
      description: 'ID of the execution whose budget pays.',
      resolve: ({ rootExecutionId }) => encodeGlobalId('Execution', rootExecutionId),
    }),
    spentUsdMicros: t.expose('spentUsdMicros', {
      type: 'BigInt',
      description: 'What settled calls cost, in whole micro-dollars.',
    }),
    reservedUsdMicros: t.expose('reservedUsdMicros', {
      type: 'BigInt',
      description: 'The most that calls on their way may still cost, in whole micro-dollars.',
    }),
    maxCostUsdMicros: t.field({
      type: 'BigInt',
      nullable: true,
      description: 'Its budget, in whole micro-dollars. as it is now. Null: it has none.',
      resolve: ({ maxCostUsdMicros }) => maxCostUsdMicros ?? null,
    }),
    calls: t.expose('calls', { type: 'SafeInt', description: CALLS }),
    estimatedCalls: t.expose('estimatedCalls', { type: 'SafeInt', description: ESTIMATED }),
  }),
});

const UsageMessage = builder.unionType('UsageMessage', {
  description: 'What a follower of the cost of an execution hears.',
  types: [RunningUsage, NotFoundError],
  resolveType: (member: Running | NotFound) => ('kind' in member ? member.kind : 'RunningUsage'),
});

builder.subscriptionField('usage', (t) =>
  t.field({
    type: UsageMessage,
    nullable: true,
    description:
      'What the root of an execution costs: first the sums of now, then each change; a slow client gets the newest alone. ' +
      'It completes when the root has ended and nothing is reserved. It carries no cursor.',
    args: { executionId: t.arg.id({ required: true, description: 'Of the execution.' }) },
    subscribe: (_root, { executionId: globalId }, { viewer, usage }) => {
      const executionId = toExecutionId(globalId);
      if (executionId === undefined) return onlyMessage<Running | NotFound>(notFound('execution', globalId));
      return mapMessages(usage.followUsage(viewer, executionId), (news) =>
        news.type === 'notFound' ? notFound('execution', globalId) : news.usage,
      );
    },
    resolve: (member) => member,
  }),
);
