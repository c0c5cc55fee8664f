import type { ExecutionId, TenantId } from '../core/ids.ts';
import type { RecordedEvent } from '../execution/events.ts';

export interface ReadRequest {
  readonly tenant: TenantId;
  readonly executionId: ExecutionId;
  /** Exclusive. */
  readonly after: number;
}

/** The journal as followers read it: `EventStore` satisfies it. */
export interface Journal {
  read(tenant: TenantId, executionId: ExecutionId, after: number, limit: number): Promise<readonly RecordedEvent[]>;
  readMany(requests: readonly ReadRequest[], limitEach: number): Promise<readonly (readonly RecordedEvent[])[]>;
}

/** Most events that one read gives, and most that one message holds. */
export const PAGE_EVENTS = 100;
const MAX_REQUESTS = 200;

/** Reads for many followers: everything that waits goes into one statement, the next when the last has returned. */
export interface JournalReader {
  /** At most `PAGE_EVENTS`, oldest first. */
  page(request: ReadRequest): Promise<readonly RecordedEvent[]>;
}

interface Waiting {
  readonly request: ReadRequest;
  readonly resolve: (events: readonly RecordedEvent[]) => void;
  readonly reject: (error: unknown) => void;
}

export function createJournalReader(journal: Pick<Journal, 'readMany'>): JournalReader {
  const waiting: Waiting[] = [];
  let reading = false;

  async function readBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const requests = batch.map(({ request }) => request);
      const pages = await journal.readMany(requests, PAGE_EVENTS);
      for (const [index, one] of batch.entries()) one.resolve(pages[index] ?? []);
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
  }

  async function readAll(): Promise<void> {
    while (waiting.length > 0) await readBatch(waiting.splice(0, MAX_REQUESTS));
    reading = false;
  }

  return {
    page: (request) =>
      new Promise((resolve, reject) => {
        waiting.push({ request, resolve, reject });
        if (reading) return;
        reading = true;
        // A microtask later, so that what one hint wakes in this tick shares the statement.
        queueMicrotask(() => void readAll());
      }),
  };
}
