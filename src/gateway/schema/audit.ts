import { AUDIT_NOUNS, AUDIT_OUTCOMES, type AuditAction, type AuditFilter, type AuditRecord } from '../../core/audit.ts';
import { builder } from '../builder.ts';
import { textCursors, toConnection, toPageArguments, type CursorCodec } from '../connection.ts';
import { decodeGlobalId, encodeGlobalId, NODE_TYPES } from '../global-id.ts';
import { badRequest } from '../problem.ts';
import { resultUnion, unwrap } from '../result-union.ts';
import { searchedText } from '../searched-text.ts';
import { InvalidInputError } from './error.ts';

const AuditEntry = builder.objectRef<AuditRecord>('AuditEntry');

const shout = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

const ACTIONS = Object.keys(AUDIT_NOUNS).filter((name): name is AuditAction => name in AUDIT_NOUNS);

const AuditActionType = builder.enumType('AuditAction', {
  description: 'What was done: the mutation of that name, or what its description says.',
  values: Object.fromEntries(
    ACTIONS.map((action) => [shout(action), { value: action, description: describe(action) }]),
  ),
});

function describe(action: AuditAction): string {
  if (action === 'createFirstApiKey') return 'The server made the first key of an empty store.';
  if (action === 'refuseRequest') return 'A scope or a rate limit refused a request: a sample.';
  if (action === 'revealSecret') return 'A tool was given the plain text of a secret; the subject is the execution.';
  if (action === 'rotateDataKey') return 'The operator gave the tenant a new data key.';
  if (action === 'rotateMasterKey') return 'The operator wrapped the data key with another master key.';
  return `\`${action}\`.`;
}

const AuditOutcome = builder.enumType('AuditOutcome', {
  description: 'How it ended.',
  values: Object.fromEntries(
    AUDIT_OUTCOMES.map((outcome) => [
      outcome.toUpperCase(),
      { value: outcome, description: outcome === 'done' ? 'It was done.' : 'It was refused.' },
    ]),
  ),
});

const parseEntryId = (id: string | undefined): string | undefined =>
  id !== undefined && /^[1-9]\d{0,17}$/.test(id) ? id : undefined;

const isNode = (noun: string): boolean => NODE_TYPES.some((type) => type === noun);

builder.node(AuditEntry, {
  description: 'Who did what to which thing. It names the fields that changed, and never their values.',
  id: { resolve: ({ id }) => id },
  loadMany: async (ids, { viewer, audit }) => {
    const parsed = ids.map(parseEntryId).filter((id) => id !== undefined);
    const found = await audit.getAuditEntries(viewer, parsed);
    const entries = new Map(found.flatMap((entry) => (entry ? [[entry.id, entry] as const] : [])));
    return ids.map((id) => entries.get(id) ?? null);
  },
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    subject: t.exposeString('subject', { description: 'Who: the name of an API key, or the subject of a token.' }),
    action: t.expose('action', { type: AuditActionType, description: 'What was done.' }),
    noun: t.exposeString('noun', { description: 'The kind of thing that it was done to, as `Blueprint`.' }),
    nounId: t.id({
      nullable: true,
      description:
        'Of the thing. Null: its ID would be a value that somebody gave, as of a subject that was forgotten.',
      resolve: ({ noun, nounId }) => {
        if (nounId === undefined) return null;
        return isNode(noun) ? encodeGlobalId(noun, nounId) : nounId;
      },
    }),
    outcome: t.expose('outcome', { type: AuditOutcome, description: 'How it ended.' }),
    fields: t.stringList({
      description: 'The names of the fields that changed, in the order of the letters.',
      resolve: ({ fields }) => [...fields],
    }),
  }),
});

const AuditFilterInput = builder.inputType('AuditFilter', {
  description: 'Which entries. All that is given must hold; null or absent: all.',
  fields: (t) => ({
    from: t.field({ type: 'DateTime', description: 'Only entries of this instant or later.' }),
    to: t.field({ type: 'DateTime', description: 'Only entries before this instant.' }),
    subject: t.string({ description: 'Only what exactly this subject did.' }),
    actions: t.field({ type: [AuditActionType], description: 'Only these actions. An empty list: none.' }),
    nounId: t.id({ description: 'Only what was done to the thing with this global ID.' }),
  }),
});

type Given = typeof AuditFilterInput.$inferInput;

function toFilter({ from, to, subject, actions, nounId }: Given): AuditFilter {
  const noun = nounId ? decodeGlobalId(nounId) : undefined;
  return {
    from: from ?? undefined,
    to: to ?? undefined,
    subject: typeof subject === 'string' ? searchedText(subject, 'subject') : undefined,
    actions: actions ?? undefined,
    noun: noun && { kind: noun.typename, id: searchedText(noun.id, 'nounId') },
  };
}

const AuditEntryConnection = builder.connectionObject({ type: AuditEntry, name: 'AuditEntryConnection' });
const texts = textCursors('auditLog');
const cursors: CursorCodec<string> = { encode: texts.encode, decode: (cursor) => parseEntryId(texts.decode(cursor)) };

builder.queryField('auditLog', (t) =>
  t.field({
    type: AuditEntryConnection,
    nullable: true,
    description: 'Who did what in your tenant, newest first. Needs `audit:read`.',
    args: {
      ...t.arg.connectionArgs(),
      filter: t.arg({ type: AuditFilterInput, description: 'Which entries. Default: all.' }),
    },
    resolve: async (_root, { filter: given, ...page }, { viewer, audit }) => {
      const filter = toFilter(given ?? {});
      if (filter.from !== undefined && filter.to !== undefined && filter.from >= filter.to)
        throw badRequest('from must be before to: they are the first instant and the one after the last.');
      const found = await audit.listAuditLog(viewer, filter, toPageArguments(page, cursors));
      return toConnection(found, cursors, ({ id }) => id);
    },
  }),
);

const ExportAuditLogResult = resultUnion('ExportAuditLog', {
  success: builder.objectRef<{ readonly entry: AuditRecord }>('ExportAuditLogSuccess').implement({
    description: 'The export is recorded: what `auditLog` gives now may be taken away.',
    fields: (t) => ({
      entry: t.expose('entry', { type: AuditEntry, description: 'The entry of the export itself.' }),
    }),
  }),
  errors: { InvalidInputError },
});

const ExportAuditLogInput = builder.inputType('ExportAuditLogInput', {
  description: 'What is taken away.',
  fields: (t) => ({ filter: t.field({ type: AuditFilterInput, description: 'Which entries. Default: all.' }) }),
});

builder.mutationField('exportAuditLog', (t) =>
  t.field({
    type: ExportAuditLogResult,
    nullable: true,
    description:
      'Records that the audit log is taken away; `iceos audit export` does so before it reads. Needs `audit:read`.',
    args: { input: t.arg({ type: ExportAuditLogInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input: { filter } }, { viewer, audit }) =>
      unwrap(await audit.exportAuditLog(viewer, toFilter(filter ?? {}))),
  }),
);
