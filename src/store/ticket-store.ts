import { and, count, eq, lte, sql } from 'drizzle-orm';
import type { AuditEntry } from '../core/audit.ts';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import { toAuditRow } from './audit-rows.ts';
import { auditLog } from './audit-tables.ts';
import type { Database } from './database.ts';
import { streamTickets } from './tables.ts';

/** A right to follow one execution, for a moment. */
export interface StreamTicketRecord {
  /** SHA-256 of its text. */
  readonly secretHash: Uint8Array;
  readonly tenant: TenantId;
  readonly executionId: ExecutionId;
  /** Who asked for it. */
  readonly subject: string;
  /** JSON that names the credential with which it was asked for: the ticket is void with it. */
  readonly credential: string;
  readonly expiresAt: number;
}

export interface TicketStore {
  /** Stores it and forgets those of the tenant that have expired; false: the tenant has `maxTickets` valid ones. */
  insert(
    ticket: StreamTicketRecord,
    options: { readonly maxTickets: number; readonly now: number; readonly audit?: AuditEntry | undefined },
  ): Promise<boolean>;
  find(secretHash: Uint8Array): Promise<StreamTicketRecord | undefined>;
}

export function createTicketStore({ database }: { readonly database: Pick<Database, 'across' | 'of'> }): TicketStore {
  const { across, of } = database;
  return {
    insert: (ticket, { maxTickets, now, audit }) =>
      of(ticket.tenant).use((tables) =>
        tables.transaction(async (transaction) => {
          const ofTenant = eq(streamTickets.tenant, ticket.tenant);
          // Of one tenant one is made at a time, so that the count is exact; nobody else waits.
          const lock = `stream_tickets ${ticket.tenant}`;
          await transaction.execute(sql`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`);
          await transaction.delete(streamTickets).where(and(ofTenant, lte(streamTickets.expiresAt, new Date(now))));
          const [counted] = await transaction.select({ tickets: count() }).from(streamTickets).where(ofTenant);
          if ((counted?.tickets ?? 0) >= maxTickets) return false;
          await transaction.insert(streamTickets).values({ ...ticket, expiresAt: new Date(ticket.expiresAt) });
          if (audit) await transaction.insert(auditLog).values(toAuditRow(audit));
          return true;
        }),
      ),
    async find(secretHash) {
      const rows = await across('findStreamTicket').use((tables) =>
        tables.select().from(streamTickets).where(eq(streamTickets.secretHash, secretHash)),
      );
      const [row] = rows;
      return row && { ...row, expiresAt: row.expiresAt.getTime() };
    },
  };
}
