import { digestOf, FIRST_SEAL, sealOf, type SealedRange } from '../core/audit-seal.ts';
import type { Clock } from '../core/clock.ts';
import type { AuditMark, AuditSealStore } from '../store/audit-seal-store.ts';

/** The newest range that this process has sealed, kept outside of the database: who cuts the chain's end is found by it. */
export interface AuditHead {
  readonly number: number;
  readonly seal: string;
}

/** Where the head is kept. */
export interface AuditHeadKeeper {
  read(): Promise<AuditHead | undefined>;
  write(head: AuditHead): Promise<void>;
}

export interface AuditSealingDeps {
  readonly seals: AuditSealStore;
  readonly head: AuditHeadKeeper;
  readonly key: Uint8Array;
  readonly maxRows: number;
  readonly retentionMs: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly onSealed?: ((range: SealedRange) => void) | undefined;
}

/** The end of the chain is not as this process has left it: it seals nothing more, or the new seals would hide that. */
export class AuditChainCutError extends Error {
  override readonly name = 'AuditChainCutError';
  constructor(number: number) {
    super(
      `Range ${number} of the audit log, which this process has sealed, is gone or another one. Nothing is sealed any more; iceos audit verify says more.`,
    );
  }
}

const MAX_PURGED_RANGES = 100;

/**
 * One turn of sealing: what the last turn has marked is sealed now, once nobody who was writing then still does. So no row
 * can come into a range that is sealed, and nobody who writes waits.
 */
export function createAuditSealing(deps: AuditSealingDeps): (signal: AbortSignal) => Promise<void> {
  const { seals, head, maxRows, retentionMs, clock } = deps;
  let mark: AuditMark | undefined;

  async function sealUpTo(upTo: string, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const range = await seals.seal({ upTo, maxRows }, (previous, rows) => close(deps, previous, rows));
      if (range === undefined) return;
      await head.write({ number: range.number, seal: range.seal });
      deps.onSealed?.(range);
    }
  }

  return async (signal) => {
    const known = await head.read();
    if (known !== undefined && (await isCut(seals, known))) throw new AuditChainCutError(known.number);
    if (mark === undefined || (await seals.areDone(mark))) {
      if (mark !== undefined) await sealUpTo(mark.upTo, signal);
      mark = await seals.mark();
    }
    await seals.purge({ sealedBefore: clock.now() - retentionMs, maxRanges: MAX_PURGED_RANGES });
  };
}

/** True when a range that was sealed is gone, though no retention has taken it, or is another one. */
export async function isCut(
  seals: Pick<AuditSealStore, 'get' | 'list'>,
  { number, seal }: AuditHead,
): Promise<boolean> {
  const range = await seals.get(number);
  if (range !== undefined) return range.seal !== seal;
  const [first] = await seals.list({ afterNumber: 0, limit: 1 });
  return first === undefined || first.number <= number;
}

function close(
  { key, clock }: AuditSealingDeps,
  previous: SealedRange | undefined,
  rows: AuditRows,
): SealedRange | undefined {
  const last = rows.at(-1);
  if (last === undefined) return undefined;
  const range = {
    number: (previous?.number ?? 0) + 1,
    afterId: previous?.lastId ?? '0',
    lastId: last.id,
    rowCount: rows.length,
    digest: digestOf(rows),
    previousSeal: previous?.seal ?? FIRST_SEAL,
    previousSealedAt: previous?.sealedAt,
    sealedAt: Math.round(clock.now()),
  };
  return { ...range, seal: sealOf(key, range) };
}

type AuditRows = Parameters<typeof digestOf>[0];
