import type { InvalidInputError as InvalidInput, NotFoundError as NotFound } from '../../core/errors.ts';
import type { StreamTicket } from '../../use-cases/stream-tickets.ts';
import { builder } from '../builder.ts';
import { resultUnion } from '../result-union.ts';
import { InvalidInputError, NotFoundError } from './error.ts';
import { toExecutionId } from './execution-refs.ts';
import { answerFor, notFound } from './ids.ts';

const CreateStreamTicketResult = resultUnion<StreamTicket, NotFound | InvalidInput>('CreateStreamTicket', {
  success: builder.objectRef<StreamTicket>('CreateStreamTicketSuccess').implement({
    description: 'The ticket can be used to connect.',
    fields: (t) => ({
      ticket: t.exposeString('ticket', {
        description: 'Its text, `ist_...`, shown now and never again: the parameter `ticket` of the URL.',
      }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        description: 'Until then it may be used to connect. A stream that is open then goes on.',
      }),
    }),
  }),
  errors: { NotFoundError, InvalidInputError },
});

const CreateStreamTicketInput = builder.inputType('CreateStreamTicketInput', {
  description: 'For which execution, and how long.',
  fields: (t) => ({
    executionId: t.id({ required: true, description: 'The one execution that it lets follow.' }),
    lifetimeMs: t.field({
      type: 'SafeInt',
      description:
        'For how many milliseconds it may be used to connect. Default 60,000; at most 10 minutes (ICEOS_MAX_TICKET_LIFETIME_MS).',
    }),
  }),
});

builder.mutationField('createStreamTicket', (t) =>
  t.field({
    type: CreateStreamTicketResult,
    extensions: { rateLimit: { max: 120 } },
    nullable: true,
    description:
      "A ticket by which a browser's `EventSource`, which cannot set headers, may follow one execution: `GET /graphql?query=subscription...&ticket=...`. It is void with the credential that makes it; a tenant has at most 10,000 valid ones (ICEOS_MAX_STREAM_TICKETS). Needs `executions:read`.",
    args: { input: t.arg({ type: CreateStreamTicketInput, required: true, description: 'What to do.' }) },
    resolve: async (_root, { input: { executionId: globalId, lifetimeMs } }, { session, streamTickets }) => {
      const executionId = toExecutionId(globalId);
      if (executionId === undefined) return notFound('execution', globalId);
      const input = { executionId, lifetimeMs: lifetimeMs ?? undefined };
      return answerFor(await streamTickets.createStreamTicket(session, input), globalId);
    },
  }),
);
