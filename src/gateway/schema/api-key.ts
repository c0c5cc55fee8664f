import { ApiKeyId } from '../../core/ids.ts';
import type { ApiKey as Key, NewApiKey } from '../../use-cases/api-key.ts';
import type { RotateApiKeyError } from '../../use-cases/rotate-api-key.ts';
import { SCOPES } from '../../use-cases/viewer.ts';
import { builder } from '../builder.ts';
import { textCursors, toConnection, toPageArguments, type CursorCodec } from '../connection.ts';
import { localId } from '../global-id.ts';
import { resultUnion, unwrap } from '../result-union.ts';
import { InvalidInputError, NotFoundError } from './error.ts';
import { answerFor, notFound } from './ids.ts';

const NOUN = 'API key';
const KNOWN_SCOPES = SCOPES.map((scope) => `\`${scope}\``).join(', ');

const ApiKey = builder.objectRef<Key>('ApiKey');

function parseKeyId(id: string | undefined): ApiKeyId | undefined {
  const parsed = ApiKeyId.safeParse(id);
  return parsed.success && parsed.data === parsed.data.toLowerCase() ? parsed.data : undefined;
}

const toKeyId = (globalId: string): ApiKeyId | undefined => parseKeyId(localId('ApiKey', globalId));

builder.node(ApiKey, {
  description: 'Who may ask, and for what. Its secret is shown once, by the mutation that makes it.',
  id: { resolve: ({ id }) => id },
  loadMany: async (ids, { viewer, apiKeys }) => {
    const parsed = ids.map(parseKeyId);
    const found = await apiKeys.getApiKeys(
      viewer,
      parsed.filter((id) => id !== undefined),
    );
    const keys = new Map<string, Key>(found.flatMap((key) => (key ? [[key.id, key]] : [])));
    return ids.map((id) => keys.get(id) ?? null);
  },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Stands in revisions and events as the author. Need not be unique.' }),
    scopes: t.stringList({
      description: 'What it may do, such as `blueprints:read`. Sorted.',
      resolve: ({ scopes }) => [...scopes].toSorted(),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'From then on it is void. Null: it does not expire.',
      resolve: ({ expiresAt }) => expiresAt ?? null,
    }),
    lastUsedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When somebody asked with it, to the minute. Null: never.',
      resolve: ({ usedAt }) => usedAt ?? null,
    }),
    revokedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'From then on it is void. It lies ahead when the key was rotated with an overlap. Null: nobody has revoked it.',
      resolve: ({ revokedAt }) => revokedAt ?? null,
    }),
  }),
});

const ApiKeyConnection = builder.connectionObject({ type: ApiKey, name: 'ApiKeyConnection' });
const texts = textCursors('apiKeys');
const cursors: CursorCodec<ApiKeyId> = { encode: texts.encode, decode: (cursor) => parseKeyId(texts.decode(cursor)) };

builder.queryField('apiKeys', (t) =>
  t.field({
    type: ApiKeyConnection,
    nullable: true,
    description: 'The API keys of your tenant, newest first, with those that are void. Needs `keys`.',
    args: t.arg.connectionArgs(),
    resolve: async (_root, args, { viewer, apiKeys }) =>
      toConnection(await apiKeys.listApiKeys(viewer, toPageArguments(args, cursors)), cursors, ({ id }) => id),
  }),
);

const newKey = (verb: string, description: string) =>
  builder.objectRef<NewApiKey>(`${verb}Success`).implement({
    description,
    fields: (t) => ({
      apiKey: t.expose('apiKey', { type: ApiKey, description: 'The new key.' }),
      key: t.exposeString('key', {
        description: 'Its text, `ice_...`, which is shown now and never again: only a hash is stored.',
      }),
    }),
  });

const CreateApiKeyResult = resultUnion('CreateApiKey', {
  success: newKey('CreateApiKey', 'The key is stored.'),
  errors: { InvalidInputError },
});

const RotateApiKeyResult = resultUnion<NewApiKey, RotateApiKeyError>('RotateApiKey', {
  success: newKey('RotateApiKey', 'The new key is stored, and the old one ends after the overlap.'),
  errors: { NotFoundError, InvalidInputError },
});

const RevokeApiKeyResult = resultUnion('RevokeApiKey', {
  success: builder.objectRef<{ readonly apiKey: Key }>('RevokeApiKeySuccess').implement({
    description: 'The key is void, or was so already. Streams that were opened with it end within a second.',
    fields: (t) => ({ apiKey: t.expose('apiKey', { type: ApiKey, description: 'As it is now.' }) }),
  }),
  errors: { NotFoundError },
});

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description: 'What the key shall be.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: '1 to 128 characters. Stands in revisions and events as the author.',
    }),
    scopes: t.stringList({
      required: true,
      description: `What it may do: at least one of ${KNOWN_SCOPES}. Only what you may do yourself.`,
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'From then on it is void. Default: never.' }),
  }),
});

const RotateApiKeyInput = builder.inputType('RotateApiKeyInput', {
  description: 'Which key, and how long the old one stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'Of the key.' }),
    overlapMs: t.field({
      type: 'SafeInt',
      description:
        'For how many milliseconds the old key stays valid. Default 0: it ends at once. At most 7 days (ICEOS_MAX_KEY_OVERLAP_MS).',
    }),
  }),
});

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'Which key.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Of the key.' }) }),
});

builder.mutationFields((t) => ({
  createApiKey: t.field({
    extensions: { rateLimit: { max: 60 } },
    type: CreateApiKeyResult,
    nullable: true,
    description:
      'Makes an API key for your tenant; at most 1,000 are valid at once (ICEOS_MAX_API_KEYS). Needs `keys` and every scope that the new key gets.',
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input: { name, scopes, expiresAt } }, { viewer, apiKeys }) =>
      unwrap(await apiKeys.createApiKey(viewer, { name, scopes, expiresAt: expiresAt ?? undefined })),
  }),
  rotateApiKey: t.field({
    extensions: { rateLimit: { max: 60 } },
    type: RotateApiKeyResult,
    nullable: true,
    description:
      'Makes a key with the name, scopes and expiry of another, which ends after the overlap. The new one has an ID of its own: when its text is lost, rotate the old one again. Needs `keys` and every scope of the key.',
    args: { input: t.arg({ type: RotateApiKeyInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input: { id: globalId, overlapMs } }, { viewer, apiKeys }) => {
      const id = toKeyId(globalId);
      if (id === undefined) return notFound(NOUN, globalId);
      return answerFor(await apiKeys.rotateApiKey(viewer, { id, overlapMs: overlapMs ?? undefined }), globalId);
    },
  }),
  revokeApiKey: t.field({
    type: RevokeApiKeyResult,
    nullable: true,
    description: 'Voids a key for good. Asking twice is asking once. Needs `keys`.',
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input: { id: globalId } }, { viewer, apiKeys }) => {
      const id = toKeyId(globalId);
      if (id === undefined) return notFound(NOUN, globalId);
      const revoked = answerFor(await apiKeys.revokeApiKey(viewer, id), globalId);
      return 'kind' in revoked ? revoked : { apiKey: revoked };
    },
  }),
}));
