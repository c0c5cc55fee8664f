import { bytesLeft } from '../core/bytes-left.ts';
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
    case 'agentTurned':
    case 'toolCalled':
    case 'taskHandedOver':
    case 'noteWritten':
    case 'pastRecalled':
      return event.value;
    case 'voteCast':
    case 'roundEnded':
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
