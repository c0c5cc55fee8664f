import type { Json } from '../core/json.ts';
import { RESIDENT_VALUE_BYTES } from '../usage/limits.ts';
import type { RecordedEvent, ValueRef } from './events.ts';
import type { StoredValue } from './state.ts';

/** Where the state keeps a value: small ones in itself, large ones by the sequence of their event or by their artifact. */
export function toStoredValue(ref: ValueRef, sequence: number): StoredValue {
  if ('artifact' in ref) return { artifact: ref.artifact, bytes: ref.bytes };
  return bytesLeft(ref.inline, RESIDENT_VALUE_BYTES) >= 0 ? { value: ref.inline } : { sequence };
}

/** The value that an event carries: what a stored `{ sequence }` leads to. */
export function valueIn(event: RecordedEvent): ValueRef | undefined {
  switch (event.type) {
    case 'executionRequested':
      return event.input;
    case 'attemptStarted':
      return event.opened?.kind === 'loop' ? event.opened.items : undefined;
    case 'attemptSucceeded':
    case 'bodySucceeded':
    case 'executionSucceeded':
      return event.output;
    case 'executionStarted':
    case 'attemptFailed':
    case 'attemptAbandoned':
    case 'attemptCanceled':
    case 'nodeFailed':
    case 'nodeSkipped':
    case 'cancelRequested':
    case 'pauseRequested':
    case 'executionPaused':
    case 'resumeRequested':
    case 'executionResumed':
    case 'executionFailed':
    case 'executionCanceled':
    case 'unknown':
      return undefined;
  }
}

/**
 * What is left of `budget` bytes after the value, roughly as JSON; negative as soon as it does not fit, so that a large
 * value costs no more than a small one.
 */
function bytesLeft(value: Json, budget: number): number {
  if (typeof value === 'string') return budget - value.length - 2;
  if (typeof value !== 'object' || value === null) return budget - 8;
  let left = budget - 2;
  if (Array.isArray(value)) {
    // isArray makes `any[]` of it; JSON arrays hold JSON.
    for (const item of value as readonly Json[]) {
      left = bytesLeft(item, left - 1);
      if (left < 0) return left;
    }
    return left;
  }
  for (const [key, member] of Object.entries(value)) {
    left = bytesLeft(member, left - key.length - 4);
    if (left < 0) return left;
  }
  return left;
}
