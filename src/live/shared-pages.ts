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
  after(position: number): Promise<Batch>;
  /** There are events behind the last page: who asks for it again gets them too. */
  grow(): void;
  /** Readers that come later read anew. */
  clear(): void;
}

export function createSharedPages(
  of: { readonly tenant: TenantId; readonly executionId: ExecutionId },
  reader: JournalReader,
): SharedPages {
  // Insertion order is age. Events never change, so a page stays right, also when there are more behind it by now.
  const pages = new Map<number, Promise<Batch>>();
  /** Places of pages that ended where the journal did. */
  const last = new Set<number>();

  async function read(after: number): Promise<Batch> {
    const { events, more } = await reader.page({ ...of, after });
    if (!more) last.add(after);
    return { from: after, to: after + events.length, events };
  }

  return {
    after(position) {
      const known = pages.get(position);
      if (known) return known;
      const page = read(position);
      pages.set(position, page);
      const [oldest] = pages.keys();
      if (pages.size > KEEP_PAGES && oldest !== undefined) pages.delete(oldest);
      const forget = (): void => {
        if (pages.get(position) === page) pages.delete(position);
      };
      page.then(({ events }) => {
        if (events.length === 0 || roughSize(events) > LARGEST_KEPT_BYTES) forget();
      }, forget);
      return page;
    },
    grow() {
      for (const position of last) pages.delete(position);
      last.clear();
    },
    clear() {
      pages.clear();
      last.clear();
    },
  };
}
