import { TokenDenialId } from '../../core/ids.ts';
import type { TokenDenial as Denial } from '../../use-cases/token-denials.ts';
import { builder } from '../builder.ts';
import { textCursors, toConnection, toPageArguments, type CursorCodec } from '../connection.ts';
import { localId } from '../global-id.ts';
import { resultUnion } from '../result-union.ts';
import { InvalidInputError, NotFoundError } from './error.ts';
import { answerFor, notFound } from './ids.ts';

const TokenDenial = builder.objectRef<Denial>('TokenDenial');

const TokenDenialKind = builder.enumType('TokenDenialKind', {
  description: 'What of a token an entry of the deny-list names.',
  values: {
    JTI: { value: 'jti', description: 'One token, by its claim `jti`.' },
    SUB: { value: 'sub', description: 'All tokens of a subject, by their claim `sub`.' },
  } as const,
});

function parseDenialId(id: string | undefined): TokenDenialId | undefined {
  const parsed = TokenDenialId.safeParse(id);
  return parsed.success && parsed.data === parsed.data.toLowerCase() ? parsed.data : undefined;
}

builder.node(TokenDenial, {
  description: 'An entry of the deny-list: tokens (JWT) that are not taken any more.',
  id: { resolve: ({ id }) => id },
  loadMany: async (ids, { viewer, tokenDenials }) => {
    const parsed = ids.map(parseDenialId).filter((id) => id !== undefined);
    const found = await tokenDenials.getTokenDenials(viewer, parsed);
    const denials = new Map<string, Denial>(found.flatMap((denial) => (denial ? [[denial.id, denial]] : [])));
    return ids.map((id) => denials.get(id) ?? null);
  },
  fields: (t) => ({
    kind: t.expose('kind', { type: TokenDenialKind, description: 'Which claim it names.' }),
    value: t.exposeString('value', { description: 'The value of that claim.' }),
    deniedAt: t.expose('deniedAt', { type: 'DateTime', description: 'When it was denied first.' }),
    deniedBy: t.exposeString('deniedBy', { description: 'Who did.' }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'From then on the entry is void. Null: it holds until it is taken away.',
      resolve: ({ expiresAt }) => expiresAt ?? null,
    }),
  }),
});

const TokenDenialConnection = builder.connectionObject({ type: TokenDenial, name: 'TokenDenialConnection' });
const texts = textCursors('tokenDenials');
const cursors: CursorCodec<TokenDenialId> = {
  encode: texts.encode,
  decode: (cursor) => parseDenialId(texts.decode(cursor)),
};

builder.queryField('tokenDenials', (t) =>
  t.field({
    type: TokenDenialConnection,
    nullable: true,
    description: "The deny-list of your tenant's tokens, newest first. Needs `keys`.",
    args: t.arg.connectionArgs(),
    resolve: async (_root, args, { viewer, tokenDenials }) =>
      toConnection(
        await tokenDenials.listTokenDenials(viewer, toPageArguments(args, cursors)),
        cursors,
        ({ id }) => id,
      ),
  }),
);

const success = (verb: string, description: string) =>
  builder.objectRef<{ readonly denial: Denial }>(`${verb}Success`).implement({
    description,
    fields: (t) => ({ denial: t.expose('denial', { type: TokenDenial, description: 'The entry.' }) }),
  });

const DenyTokenResult = resultUnion('DenyToken', {
  success: success('DenyToken', 'Such tokens are refused, and their streams end within a second.'),
  errors: { InvalidInputError },
});

const AllowTokenResult = resultUnion('AllowToken', {
  success: success('AllowToken', 'The entry is gone; tokens that it named are taken again while they are valid.'),
  errors: { NotFoundError },
});

const DenyTokenInput = builder.inputType('DenyTokenInput', {
  description: 'Which tokens.',
  fields: (t) => ({
    kind: t.field({ type: TokenDenialKind, required: true, description: 'Which claim is meant.' }),
    value: t.string({ required: true, description: 'The value of that claim; at most 256 characters.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description:
        'Until when. Default: with `JTI` until no such token can be valid any more, with `SUB` until it is taken away.',
    }),
  }),
});

const AllowTokenInput = builder.inputType('AllowTokenInput', {
  description: 'Which entry.',
  fields: (t) => ({ id: t.id({ required: true, description: 'Of the entry.' }) }),
});

builder.mutationFields((t) => ({
  denyToken: t.field({
    type: DenyTokenResult,
    nullable: true,
    description:
      'Puts a token, or all tokens of a subject, on the deny-list of your tenant; it has at most 10,000 entries (ICEOS_MAX_TOKEN_DENIALS). Asking twice is asking once. Needs `keys`.',
    args: { input: t.arg({ type: DenyTokenInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input: { kind, value, expiresAt } }, { viewer, tokenDenials }) => {
      const denied = await tokenDenials.denyToken(viewer, { kind, value, expiresAt: expiresAt ?? undefined });
      return denied.ok ? { denial: denied.value } : denied.error;
    },
  }),
  allowToken: t.field({
    type: AllowTokenResult,
    nullable: true,
    description: 'Takes an entry from the deny-list. Needs `keys`.',
    args: { input: t.arg({ type: AllowTokenInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input: { id: globalId } }, { viewer, tokenDenials }) => {
      const id = parseDenialId(localId('TokenDenial', globalId));
      if (id === undefined) return notFound('entry of the deny-list', globalId);
      const allowed = answerFor(await tokenDenials.allowToken(viewer, id), globalId);
      return 'tenant' in allowed ? { denial: allowed } : allowed;
    },
  }),
}));
