import { coalesce } from '../core/coalesce.ts';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import { MIB } from '../core/units.ts';
import type { JournalPage } from '../execution/journal-page.ts';

export interface ReadRequest {
  readonly tenant: TenantId;
  readonly executionId: ExecutionId;
  /** Exclusive. */
  readonly after: number;
}

/** How much one read gives of one execution; one event is given whatever its size. */
export interface PageBounds {
  readonly events: number;
  readonly bytes: number;
}

/** The journal as followers read it: `EventStore` satisfies it. */
export interface Journal {
  read(tenant: TenantId, executionId: ExecutionId, after: number, limit: number): Promise<JournalPage>;
  readMany(requests: readonly ReadRequest[], each: PageBounds): Promise<readonly JournalPage[]>;
}

/** Most events that one read gives, and most that one message holds. */
export const PAGE_EVENTS = 100;
const MAX_REQUESTS = 100;
/** What the events of one statement may take together; of each execution one event more, which is given whatever its size. */
const STATEMENT_BYTES = 16 * MIB;

/** Reads for many followers: everything that waits goes into one statement, the next when the last has returned. */
export interface JournalReader {
  /** At most `PAGE_EVENTS`, oldest first. */
  page(request: ReadRequest): Promise<JournalPage>;
}

export function createJournalReader(journal: Pick<Journal, 'readMany'>): JournalReader {
  const page = coalesce(
    (requests: readonly ReadRequest[]) =>
      journal.readMany(requests, { events: PAGE_EVENTS, bytes: Math.floor(STATEMENT_BYTES / requests.length) }),
    MAX_REQUESTS,
  );
  return { page };
}
