import type { Clock } from '../core/clock.ts';
import type { InvalidInputError, NotFoundError } from '../core/errors.ts';
import type { ExecutionId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import { MINUTE_MS } from '../core/units.ts';
import type { ExecutionStore } from '../store/execution-store.ts';
import type { StreamTicketRecord, TicketStore } from '../store/ticket-store.ts';
import { hashSecret, newSecret } from './api-key-text.ts';
import { auditOf } from './audit.ts';
import { CredentialName, type Authenticate, type Session } from './authenticate.ts';
import { noExecution } from './no-execution.ts';
import { ForbiddenError, requireScope } from './viewer.ts';

/** What a client hands to `EventSource`. Its text exists here alone. */
export interface StreamTicket {
  readonly ticket: string;
  readonly expiresAt: number;
}

export interface CreateStreamTicketInput {
  readonly executionId: ExecutionId;
  /** How long it may be used to connect. Default: a minute. */
  readonly lifetimeMs: number | undefined;
}

export type CreateStreamTicket = (
  session: Pick<Session, 'viewer' | 'credential'>,
  input: CreateStreamTicketInput,
) => Promise<Result<StreamTicket, NotFoundError | InvalidInputError>>;

export interface StreamTicketUseCases {
  readonly createStreamTicket: CreateStreamTicket;
}

export interface CreateStreamTicketDeps {
  readonly tickets: TicketStore;
  readonly executions: Pick<ExecutionStore, 'getMany'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly maxTickets: number;
  readonly maxLifetimeMs: number;
}

const PREFIX = 'ist_';

/** Makes a ticket for one execution that the viewer may read. */
export const createCreateStreamTicket =
  (deps: CreateStreamTicketDeps): CreateStreamTicket =>
  async ({ viewer, credential }, { executionId, lifetimeMs = Math.min(MINUTE_MS, deps.maxLifetimeMs) }) => {
    requireScope(viewer, 'executions:read');
    if (credential.type === 'ticket') throw new ForbiddenError('executions:read', 'A stream ticket makes no others.');
    const { tenant, subject } = viewer;
    const { maxLifetimeMs, maxTickets } = deps;
    if (!Number.isSafeInteger(lifetimeMs) || lifetimeMs < 1 || lifetimeMs > maxLifetimeMs) {
      const message = `lifetimeMs is ${lifetimeMs}; it must be a whole number from 1 to ${maxLifetimeMs} (ICEOS_MAX_TICKET_LIFETIME_MS).`;
      return err(invalid('ticket-lifetime', '/lifetimeMs', message));
    }
    const [execution] = await deps.executions.getMany(tenant, [executionId]);
    if (execution === undefined) return err(noExecution(executionId));
    const ticket = `${PREFIX}${newSecret()}`;
    const now = deps.clock.now();
    const expiresAt = now + lifetimeMs;
    const record: StreamTicketRecord = {
      ...{ tenant, executionId, subject, expiresAt },
      secretHash: hashSecret(ticket),
      credential: JSON.stringify(credential),
    };
    const audit = auditOf(viewer, 'createStreamTicket', { at: now, nounId: executionId, fields: ['expiresAt'] });
    if (await deps.tickets.insert(record, { maxTickets, now, audit })) return ok({ ticket, expiresAt });
    const message = `Your tenant has ${maxTickets} stream tickets that are still valid, the most that it may have (ICEOS_MAX_STREAM_TICKETS). Try again when some have expired.`;
    return err(invalid('max-stream-tickets', '', message));
  };

const invalid = (rule: string, path: string, message: string): InvalidInputError => ({
  kind: 'InvalidInputError',
  message,
  issues: [{ rule, path, message }],
});

/** A ticket opens a stream for who asked for it, as long as the credential with which it was asked for is valid. */
export const createAuthenticateTicket =
  (deps: {
    readonly tickets: TicketStore;
    readonly clock: Pick<Clock, 'now'>;
    readonly isValid: (credential: CredentialName) => Promise<boolean>;
  }): Authenticate =>
  async (text) => {
    if (!text.startsWith(PREFIX)) return undefined;
    // Found by the hash of 256 random bits: how long the look takes says nothing about others.
    const ticket = await deps.tickets.find(hashSecret(text));
    if (ticket === undefined || ticket.expiresAt <= deps.clock.now()) return undefined;
    const credential = CredentialName.parse(JSON.parse(ticket.credential));
    const isValid = () => deps.isValid(credential);
    if (!(await isValid())) return undefined;
    const { tenant, subject, executionId } = ticket;
    const id = credential.type === 'apiKey' ? credential.id : credential.jti;
    return {
      viewer: {
        ...{ tenant, subject, scopes: new Set(), onlyExecution: executionId },
        credential: { kind: credential.type, id },
      },
      credential: { type: 'ticket' },
      expiresAt: credential.type === 'token' ? credential.expiresAt : undefined,
      isValid,
    };
  };
