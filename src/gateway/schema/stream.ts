import type { RenewedStream } from '../streams.ts';
import { builder } from '../builder.ts';
import { resultUnion, unwrap } from '../result-union.ts';
import { InvalidInputError, NotFoundError } from './error.ts';

const RenewStreamResult = resultUnion('RenewStream', {
  success: builder.objectRef<RenewedStream>('RenewStreamSuccess').implement({
    description: 'The stream goes on with the new credential.',
    fields: (t) => ({
      streamId: t.exposeID('streamId', { description: 'As you gave it.' }),
      expiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the new credential ends by itself: renew before that. Null: it does not.',
        resolve: ({ expiresAt }) => expiresAt ?? null,
      }),
    }),
  }),
  errors: { NotFoundError, InvalidInputError },
});

const RenewStreamInput = builder.inputType('RenewStreamInput', {
  description: 'Which stream, and its new credential.',
  fields: (t) => ({
    streamId: t.id({
      required: true,
      description: 'From the payload of `connection_ack`, or the header `x-stream-id` of server-sent events.',
    }),
    token: t.string({
      required: true,
      description: 'An API key or a token: of the same tenant and subject, and with all scopes of the present one.',
    }),
  }),
});

builder.mutationField('renewStream', (t) =>
  t.field({
    type: RenewStreamResult,
    extensions: { rateLimit: { max: 120 } },
    nullable: true,
    description:
      'Gives an open stream of yours a fresh credential, without a new connection. Over its own WebSocket it always reaches it; over HTTP only where the same server process answers.',
    args: { input: t.arg({ type: RenewStreamInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input }, { viewer, streams }) => unwrap(await streams.renew(viewer, input)),
  }),
);
