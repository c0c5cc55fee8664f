import type { CallKey } from '../../usage/charge.ts';
import type { LedgerEntry as Entry, LedgerPlace } from '../../usage/ledger.ts';
import { builder } from '../builder.ts';
import { textCursors, toConnection, toPageArguments, type CursorCodec } from '../connection.ts';
import { encodeGlobalId } from '../global-id.ts';
import { resultUnion, unwrap } from '../result-union.ts';
import { hasNul } from '../searched-text.ts';
import { BlueprintType } from './blueprint-refs.ts';
import { InvalidInputError } from './error.ts';
import { ExecutionType, toLocalExecutionId } from './execution-refs.ts';
import { LedgerFilter, toLedgerFilter } from './ledger-filter.ts';
import { CallKind, CallUsageSource, ModelPrice, TokenCounts } from './ledger-values.ts';

const LedgerEntry = builder.objectRef<Entry>('LedgerEntry');

/** `<execution>:<attempt>:<call>:<path>`, the local part of an entry's ID. */
const entryLocalId = ({ executionId, attempt, call, path }: CallKey): string =>
  `${executionId}:${attempt}:${call}:${path}`;

function parseEntryLocalId(id: string): CallKey | undefined {
  const [, execution, attempt, call, path] = /^([^:]*):(\d{1,9}):(\d{1,9}):(.*)$/s.exec(id) ?? [];
  const executionId = toLocalExecutionId(execution);
  if (executionId === undefined || path === undefined || hasNul(path)) return undefined;
  return { executionId, path, attempt: Number(attempt), call: Number(call) };
}

const OUTSIDE = 'Null: a client asked outside of every execution.';
const isOutside = ({ blueprintId }: Entry): boolean => blueprintId === undefined;

const texts = textCursors('ledger');

const ledgerCursors: CursorCodec<LedgerPlace> = {
  encode: (place) => texts.encode(`${place.at}:${entryLocalId(place)}`),
  decode(cursor) {
    const [, at, id = ''] = /^(\d{1,15}):(.*)$/s.exec(texts.decode(cursor) ?? '') ?? [];
    const key = parseEntryLocalId(id);
    return key && { ...key, at: Number(at) };
  },
};

builder.node(LedgerEntry, {
  description:
    'What one call of a model has cost, or one read or write of memory. It never changes. Each try at the provider is a call of its own.',
  interfaces: [TokenCounts],
  id: { resolve: entryLocalId },
  loadMany: async (ids, { viewer, usage }) => {
    const keys = ids.map(parseEntryLocalId);
    const found = await usage.getLedgerEntries(
      viewer,
      keys.filter((key) => key !== undefined),
    );
    const entries = new Map(found.flatMap((entry) => (entry ? [[entryLocalId(entry), entry] as const] : [])));
    return ids.map((id) => entries.get(id) ?? null);
  },
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was settled.' }),
    kind: t.expose('kind', { type: CallKind, description: 'What was used.' }),
    model: t.exposeString('model', { description: 'The name of the model, or of the memory.' }),
    price: t.field({
      type: ModelPrice,
      nullable: true,
      description: 'The price by which it was charged. Null: it was free.',
      resolve: ({ price }) => price ?? null,
    }),
    costUsdMicros: t.expose('costUsdMicros', {
      type: 'BigInt',
      description: 'What it cost, in whole micro-dollars, rounded up once.',
    }),
    usageSource: t.expose('usageSource', {
      type: CallUsageSource,
      description: 'Where the numbers come from.',
    }),
    path: t.exposeString('path', {
      description:
        'The node that made it: `ask`, or `each[17].ask` in a loop. Outside of executions: the field that was asked.',
    }),
    attempt: t.exposeInt('attempt', { description: 'The attempt of the node, from 1 on.' }),
    call: t.exposeInt('call', { description: 'Counts the calls of one attempt, from 0 on.' }),
    executionId: t.id({
      nullable: true,
      description: `ID of the execution that made it. ${OUTSIDE}`,
      resolve: (entry) => (isOutside(entry) ? null : encodeGlobalId('Execution', entry.executionId)),
    }),
    rootExecutionId: t.id({
      nullable: true,
      description: `ID of the execution whose budget paid for it. ${OUTSIDE}`,
      resolve: (entry) => (isOutside(entry) ? null : encodeGlobalId('Execution', entry.rootExecutionId)),
    }),
    blueprintId: t.id({
      nullable: true,
      description: `ID of the blueprint of that execution. ${OUTSIDE}`,
      resolve: ({ blueprintId }) => (blueprintId === undefined ? null : encodeGlobalId('Blueprint', blueprintId)),
    }),
    execution: t.field({
      type: ExecutionType,
      nullable: true,
      description: 'The execution that made it. Null: it is not kept any more, or there was none.',
      resolve: (entry, _args, { load }) => (isOutside(entry) ? null : load.execution.load(entry.executionId)),
    }),
    blueprint: t.field({
      type: BlueprintType,
      nullable: true,
      description:
        'The blueprint of that execution, under its present name. Null: it is not kept any more, or there was none.',
      resolve: ({ blueprintId }, _args, { load }) =>
        blueprintId === undefined ? null : load.blueprint.load(blueprintId),
    }),
  }),
});

const LedgerEntryConnection = builder.connectionObject({ type: LedgerEntry, name: 'LedgerEntryConnection' });

builder.queryField('ledger', (t) =>
  t.field({
    type: LedgerEntryConnection,
    nullable: true,
    description: 'What each call of a model has cost, newest first.',
    args: {
      ...t.arg.connectionArgs(),
      filter: t.arg({ type: LedgerFilter, description: 'Which calls. Default: all.' }),
    },
    resolve: async (_root, { filter: given, ...page }, { viewer, usage }) => {
      const filter = toLedgerFilter(given);
      const pageArguments = toPageArguments(page, ledgerCursors);
      const nothing = { items: [], hasNextPage: false, hasPreviousPage: false };
      const found = filter ? await usage.listLedger(viewer, filter, pageArguments) : nothing;
      return toConnection<Entry, LedgerPlace>(found, ledgerCursors, (entry) => entry);
    },
  }),
);

const ExportLedgerResult = resultUnion('ExportLedger', {
  success: builder.objectRef<{ readonly at: number }>('ExportLedgerSuccess').implement({
    description: 'The export is recorded: what `ledger` gives now may be taken away.',
    fields: (t) => ({ at: t.expose('at', { type: 'DateTime', description: 'When it was recorded.' }) }),
  }),
  errors: { InvalidInputError },
});

const ExportLedgerInput = builder.inputType('ExportLedgerInput', {
  description: 'What is taken away.',
  fields: (t) => ({ filter: t.field({ type: LedgerFilter, description: 'Which calls. Default: all.' }) }),
});

builder.mutationField('exportLedger', (t) =>
  t.field({
    type: ExportLedgerResult,
    nullable: true,
    description:
      'Records in the audit log that the ledger is taken away; `iceos ledger --csv` and `--json` do so before they read.',
    args: { input: t.arg({ type: ExportLedgerInput, required: true, description: 'What to do.' }) },
    // An ID of another kind matches nothing, and is named as what was asked for all the same.
    resolve: async (_root, { input: { filter } }, { viewer, usage }) =>
      unwrap(await usage.exportLedger(viewer, toLedgerFilter(filter) ?? {})),
  }),
);
