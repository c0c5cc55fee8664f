import type { ExecutionId, TenantId } from '../core/ids.ts';
import { KIB } from '../core/units.ts';
import type { JournalReader } from './journal-reader.ts';
import type { Batch } from './recent-events.ts';
import { roughSize } from './rough-size.ts';

const KEEP_PAGES = 16;
/** A larger page is shared only by those who ask while it is read. */
const LARGEST_KEPT_BYTES = 256 * KIB;

/** Pages of one journal for readers that catch up: who asks for the same place shares one read. */
export interface SharedPages {
  /** The events behind a place. `known`: there are events up to here, so that a page that ended before is read again. */
  after(position: number, known: number): Promise<Batch>;
  /** Readers that come later read anew. */
  clear(): void;
}

export function createSharedPages(
  of: { readonly tenant: TenantId; readonly executionId: ExecutionId },
  reader: JournalReader,
): SharedPages {
  // Insertion order is age. Events never change, so a full page stays right, also when there are more behind it by now.
  const pages = new Map<number, Promise<Batch>>();
  /** Pages that ended where the journal did. */
  const last = new WeakSet<Batch>();

  async function read(after: number): Promise<Batch> {
    const { events, more } = await reader.page({ ...of, after });
    const page = { from: after, to: after + events.length, events };
    if (!more) last.add(page);
    return page;
  }

  function pageAt(position: number): Promise<Batch> {
    const known = pages.get(position);
    if (known) return known;
    const page = read(position);
    pages.set(position, page);
    const [oldest] = pages.keys();
    if (pages.size > KEEP_PAGES && oldest !== undefined) pages.delete(oldest);
    const forget = (): void => drop(position, page);
    page.then(({ events }) => {
      if (events.length === 0 || roughSize(events) > LARGEST_KEPT_BYTES) forget();
    }, forget);
    return page;
  }

  function drop(position: number, page: Promise<Batch>): void {
    if (pages.get(position) === page) pages.delete(position);
  }

  return {
    async after(position, known) {
      const asked = pageAt(position);
      const page = await asked;
      if (page.to >= known || !last.has(page)) return page;
      drop(position, asked);
      return pageAt(position);
    },
    clear: () => pages.clear(),
  };
}
