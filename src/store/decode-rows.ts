import type { ExecutionId, TenantId } from '../core/ids.ts';
import { DamagedEventError, fromNewerRow, fromRow, type EventRow } from '../execution/codec.ts';
import { EVENT_FORMAT } from '../execution/events.ts';
import type { JournalPage } from '../execution/journal-page.ts';
import type { Database } from './database.ts';

type Decoded = Pick<JournalPage, 'events' | 'isNewer'>;

/**
 * The events of rows of one tenant. The format is looked up only where a row cannot be read: while releases stand side by
 * side, older ones show what a newer one wrote as far as they know it, and nobody else pays for that.
 */
export const createDecodeRows =
  ({ of }: Pick<Database, 'of'>) =>
  async <R extends EventRow>(
    tenant: TenantId,
    rows: readonly R[],
    idOf: (row: R) => ExecutionId | undefined,
  ): Promise<Decoded> => {
    try {
      return { events: rows.map(fromRow) };
    } catch (error) {
      if (!(error instanceof DamagedEventError)) throw error;
      const found = await of(tenant).query<{ readonly id: ExecutionId }>({
        name: 'iceos_newer_executions',
        text: `select id from executions where id = any($1::uuid[]) and tenant = $2 and event_format > ${EVENT_FORMAT}`,
        values: [[...new Set(rows.map(idOf))], tenant],
      });
      const newer = new Set<ExecutionId | undefined>(found.rows.map(({ id }) => id));
      return { events: rows.map((row) => (newer.has(idOf(row)) ? fromNewerRow(row) : fromRow(row))), isNewer: true };
    }
  };
