import type { Clock } from '../core/clock.ts';
import { rowsFault, sealFault, type ChainFault, type SealedRange } from '../core/audit-seal.ts';
import type { AuditSealStore } from '../store/audit-seal-store.ts';

/** A range that somebody has written down elsewhere, with its seal. */
export interface KnownSeal {
  readonly number: number;
  readonly seal: string;
}

export interface VerifiedLog {
  /** The first range that does not hold; undefined: all do. */
  readonly fault: ChainFault | undefined;
  readonly ranges: number;
  readonly rows: number;
  /** Rows that are not sealed yet. */
  readonly unsealed: number;
  /** The newest range that holds. */
  readonly head: KnownSeal | undefined;
}

export interface VerifyAuditLogDeps {
  readonly seals: AuditSealStore;
  readonly key: Uint8Array;
  /** Ranges that must be there: by them a cut end is found. */
  readonly known: readonly KnownSeal[];
  /** Ranges that were sealed later are not gone by the retention. */
  readonly retentionMs: number;
  readonly clock: Pick<Clock, 'now'>;
}

const PAGE = 100;

/**
 * Walks the chain from its first range on, and stops at the first that does not hold. A server may let ranges go by the
 * retention meanwhile: what was the beginning may be none any more, and then it begins anew.
 */
export async function verifyAuditLog(deps: VerifyAuditLogDeps): Promise<VerifiedLog> {
  for (;;) {
    const [first] = await deps.seals.list({ afterNumber: 0, limit: 1 });
    const verified = await walk(deps);
    if (verified.fault === undefined || first === undefined) return verified;
    const [now] = await deps.seals.list({ afterNumber: 0, limit: 1 });
    // It ends, as the newest range never goes. Whether what has gone might go is looked at again with the new beginning.
    if (now === undefined || now.number <= Math.max(first.number, verified.fault.range)) return verified;
  }
}

async function walk(deps: VerifyAuditLogDeps): Promise<VerifiedLog> {
  const { seals, key } = deps;
  const seen = { ranges: 0, rows: 0 };
  let previous: SealedRange | undefined;
  const ended = async (fault: ChainFault | undefined): Promise<VerifiedLog> => ({
    ...{ fault, ...seen },
    unsealed: await seals.countRows({ afterId: previous?.lastId ?? '0' }),
    head: previous && { number: previous.number, seal: previous.seal },
  });
  for (;;) {
    const page = await seals.list({ afterNumber: previous?.number ?? 0, limit: PAGE });
    for (const range of page) {
      const fault =
        (previous === undefined ? await beginFault(deps, range) : undefined) ??
        sealFault(key, previous, range) ??
        rowsFault(range, await seals.rows({ ...range, limit: range.rowCount })) ??
        knownFault(deps, range);
      if (fault !== undefined) return ended(fault);
      previous = range;
      seen.ranges += 1;
      seen.rows += range.rowCount;
    }
    if (page.length < PAGE) return ended(endFault(deps, previous));
  }
}

/** What comes before the first range must have gone by the retention, and wholly. */
async function beginFault(
  { seals, retentionMs, clock }: VerifyAuditLogDeps,
  { number, afterId, previousSealedAt }: SealedRange,
): Promise<ChainFault | undefined> {
  if (number === 1) return undefined;
  if (previousSealedAt === undefined || previousSealedAt > clock.now() - retentionMs) {
    const message = 'the range is missing, though the retention (ICEOS_AUDIT_RETENTION_MS) keeps it';
    return { range: number - 1, message };
  }
  const before = await seals.countRows({ afterId: '0', lastId: afterId });
  return before === 0 ? undefined : { range: number - 1, message: `there are ${before} rows of ranges that are gone` };
}

function knownFault({ known }: VerifyAuditLogDeps, { number, seal }: SealedRange): ChainFault | undefined {
  const isOther = known.some((one) => one.number === number && one.seal !== seal);
  return isOther ? { range: number, message: 'its seal is another one than the one that was noted' } : undefined;
}

function endFault({ known }: VerifyAuditLogDeps, last: SealedRange | undefined): ChainFault | undefined {
  const end = last?.number ?? 0;
  const cut = known.some(({ number }) => number > end);
  return cut ? { range: end + 1, message: 'the range is missing: the end of the log was cut' } : undefined;
}
