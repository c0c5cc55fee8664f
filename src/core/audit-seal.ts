import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { AuditRecord } from './audit.ts';

/** A range of the audit log, (`afterId`, `lastId`], and what is vouched for of it. IDs are whole numbers as text. */
export interface AuditRange {
  /** 1, 2, 3, ... */
  readonly number: number;
  readonly afterId: string;
  readonly lastId: string;
  readonly rowCount: number;
  /** SHA-256 of the rows, in the order of their IDs. */
  readonly digest: string;
  readonly previousSeal: string;
  /** Undefined: it is the first. */
  readonly previousSealedAt: number | undefined;
  readonly sealedAt: number;
}

export interface SealedRange extends AuditRange {
  readonly seal: string;
}

/** What the first range has in the place of a seal before it. */
export const FIRST_SEAL = '0'.repeat(64);

/** A text of which nobody makes another one with the same rows: JSON arrays in a fixed order, a line each. */
export function digestOf(rows: readonly AuditRecord[]): string {
  const hash = createHash('sha256');
  for (const { id, tenant, at, subject, action, noun, nounId, outcome, fields, credential } of rows) {
    const row = [id, tenant, at, subject, action, noun, nounId ?? null, outcome, fields];
    // Without one a row has the form that all had before credentials were recorded: what was sealed then still holds.
    const whole = credential === undefined ? row : [...row, credential.kind, credential.id ?? null];
    hash.update(`${JSON.stringify(whole)}\n`);
  }
  return hash.digest('hex');
}

/** The seal of a range: only who has the key makes it, and it holds the seal before, so that no range can be left out. */
export function sealOf(key: Uint8Array, range: AuditRange): string {
  const { number, afterId, lastId, rowCount, digest, previousSeal, previousSealedAt, sealedAt } = range;
  const text = [number, afterId, lastId, rowCount, digest, previousSeal, previousSealedAt ?? null, sealedAt];
  return createHmac('sha256', key)
    .update(`iceos audit 1\n${JSON.stringify(text)}`)
    .digest('hex');
}

export interface ChainFault {
  /** The number of the first range that does not hold. */
  readonly range: number;
  readonly message: string;
}

const fault = (range: number, message: string): ChainFault => ({ range, message });

/** Whether a range is the next of its chain and has the seal that only the key makes; its rows are looked at by `rowsFault`. */
export function sealFault(
  key: Uint8Array,
  previous: SealedRange | undefined,
  range: SealedRange,
): ChainFault | undefined {
  const { number } = range;
  if (previous !== undefined) {
    if (number !== previous.number + 1) return fault(previous.number + 1, 'the range is missing');
    const follows =
      range.previousSeal === previous.seal &&
      range.previousSealedAt === previous.sealedAt &&
      range.afterId === previous.lastId;
    if (!follows) return fault(number, 'it does not follow the range before it');
  } else if (number === 1 && (range.previousSeal !== FIRST_SEAL || range.afterId !== '0')) {
    return fault(number, 'it is not how a chain begins');
  }
  const isOurs = timingSafeEqual(Buffer.from(sealOf(key, range)), Buffer.from(range.seal.padEnd(64).slice(0, 64)));
  return isOurs ? undefined : fault(number, 'its seal is not the one of this key');
}

/** Whether the rows of a range are those that were sealed. */
export function rowsFault(
  { number, rowCount, digest }: SealedRange,
  rows: readonly AuditRecord[],
): ChainFault | undefined {
  if (rows.length !== rowCount) return fault(number, `it has ${rows.length} rows, and ${rowCount} were sealed`);
  return digestOf(rows) === digest ? undefined : fault(number, 'a row is not as it was sealed');
}
