import type { IncomingHttpHeaders } from 'node:http';
import type { OnConflict } from '../../use-cases/update-blueprint.ts';
import { RefusedError } from './refused.ts';

/** What `X-Version-Lock` says of something that is not there yet. */
export const NEW = '__new__';
/** The largest that the schema's `Int` carries. */
const MAX_VERSION = 2_147_483_647;

/** The version that a change is held against. */
export function expectedVersionOf(headers: IncomingHttpHeaders): number {
  const lock = lockOf(headers, 'the version that you have seen, such as X-Version-Lock: 7');
  const version = /^[1-9]\d{0,9}$/.test(lock) ? Number(lock) : Infinity;
  if (version <= MAX_VERSION) return version;
  throw malformed(lock, `a whole number from 1 to ${MAX_VERSION}, as GET answers it`);
}

/** Refuses to make something where the client believes that it is there. */
export function assertNew(headers: IncomingHttpHeaders): void {
  const lock = lockOf(headers, `X-Version-Lock: ${NEW}`);
  if (lock !== NEW) throw malformed(lock, `${NEW} to make a new blueprint`);
}

/** What to do when somebody else wrote first. */
export function onConflictOf(headers: IncomingHttpHeaders, mayMerge: boolean): OnConflict {
  const wanted = headers['x-on-conflict'];
  if (wanted === undefined || wanted === 'reject') return 'reject';
  if (wanted !== 'merge') throw new RefusedError('BAD_REQUEST', 'X-On-Conflict is either reject or merge.');
  if (!mayMerge) throw new RefusedError('BAD_REQUEST', 'There is nothing to merge here: leave X-On-Conflict out.');
  return 'merge';
}

/** A client that relies on a condition that is not looked at would lose what somebody else wrote. */
export function refuseOtherLocks(headers: IncomingHttpHeaders, isRead: boolean): void {
  const others = isRead ? ['if-match'] : ['if-match', 'if-none-match', 'if-unmodified-since'];
  const given = others.find((name) => headers[name] !== undefined);
  if (given === undefined) return;
  const hint = isRead
    ? 'Leave it out; If-None-Match is what a GET knows.'
    : 'Send the version in X-Version-Lock instead: a weak ETag is no lock.';
  throw new RefusedError('BAD_REQUEST', `${given} is not taken here. ${hint}`);
}

function lockOf(headers: IncomingHttpHeaders, what: string): string {
  const lock = headers['x-version-lock'];
  if (lock === undefined) throw new RefusedError('VERSION_LOCK_REQUIRED', `This needs a version lock: send ${what}.`);
  return String(lock);
}

const malformed = (lock: string, right: string): RefusedError =>
  new RefusedError('BAD_REQUEST', `X-Version-Lock is "${lock.slice(0, 40)}"; it must be ${right}.`);
