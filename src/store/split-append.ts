import { MIB } from '../core/units.ts';
import { toRow, type EventRow } from '../execution/codec.ts';
import { isFinished } from '../execution/status.ts';
import type { BatchAppend } from './batch-statement.ts';
import type { AppendRequest } from './event-store.ts';

/** Caps the time in which nobody else commits: 10,000 events would be 60 ms. */
export const MAX_BATCH_EVENTS = 1_000;
export const MAX_BATCH_BYTES = MIB;

/** About what the rows take; exact bytes are not worth counting. */
export const bytesOf = (columns: readonly EventRow[]): number =>
  columns.reduce((sum, { path, payload }) => sum + 64 + (path?.length ?? 0) + (payload?.length ?? 0), 0);

/**
 * Nearly always one part; an append that is larger than a batch is committed part by part, first part first. Only the
 * last part may end or wake the execution: before it the lease is still needed.
 */
export function splitAppend(request: AppendRequest): readonly BatchAppend[] {
  const columns = request.events.map(toRow);
  if (columns.length <= MAX_BATCH_EVENTS && bytesOf(columns) <= MAX_BATCH_BYTES) return [{ request, columns }];
  const sizes = partSizes(columns);
  const { executionId, tenant, leaseToken, projection } = request;
  const status = isFinished(projection.status) ? 'running' : projection.status;
  let from = 0;
  return sizes.map((size, index) => {
    const place = { events: request.events.slice(from, from + size), expected: request.expected + from };
    const part = columns.slice(from, from + size);
    from += size;
    const isLast = index === sizes.length - 1;
    return {
      columns: part,
      request: isLast
        ? { ...request, ...place }
        : { executionId, tenant, leaseToken, ...place, projection: { ...projection, status } },
    };
  });
}

function partSizes(columns: readonly EventRow[]): readonly number[] {
  const sizes: number[] = [];
  let size = 0;
  let bytes = 0;
  for (const one of columns) {
    const more = bytesOf([one]);
    if (size > 0 && (size === MAX_BATCH_EVENTS || bytes + more > MAX_BATCH_BYTES)) {
      sizes.push(size);
      size = 0;
      bytes = 0;
    }
    size += 1;
    bytes += more;
  }
  return [...sizes, size];
}
