import { z } from 'zod';
import { toRecordedReceipt } from './recorded-receipt.ts';
import {
  EVENT_TYPE_CODES,
  ExecutionEvent,
  type ExecutionEventType,
  type ExecutionEventOf,
  type RecordedEvent,
} from './events.ts';

/** An event as the journal keeps it: what rows are found and shown by in columns, the rest as JSON text. */
export interface EventRow {
  readonly sequence: number;
  readonly at: number;
  /** One of `EVENT_TYPE_CODES`. */
  readonly type: number;
  readonly path: string | null;
  readonly attempt: number | null;
  /** Null when the columns say it all. */
  readonly payload: string | null;
}

// Left out by JSON.stringify: one spread is cheaper than taking the members apart.
const HAVE_COLUMNS = { type: undefined, sequence: undefined, at: undefined, path: undefined, attempt: undefined };

/**
 * The row of an event. `JSON.stringify` writes U+0000 and lone surrogates as escapes, so that Postgres takes the payload
 * as `text` (as `jsonb` it would refuse them, and with them the whole batch).
 */
export function toRow(event: ExecutionEvent): EventRow {
  // Apart: pure steps are the many, and have none.
  const payload = JSON.stringify('receipt' in event ? withShortReceipt(event) : { ...event, ...HAVE_COLUMNS });
  return {
    sequence: event.sequence,
    at: event.at,
    type: EVENT_TYPE_CODES[event.type],
    path: 'path' in event ? event.path : null,
    attempt: 'attempt' in event ? event.attempt : null,
    payload: payload === '{}' ? null : payload,
  };
}

const withShortReceipt = (
  event: ExecutionEventOf<'attemptSucceeded' | 'attemptFailed' | 'attemptCanceled' | 'toolCalled'>,
): object => ({
  ...event,
  ...HAVE_COLUMNS,
  receipt: event.receipt && toRecordedReceipt(event.receipt),
});

/** The event of a row. Throws on a row that no release wrote; a type that this one does not know is `unknown`. */
export function fromRow({ sequence, at, type: code, path, attempt, payload }: EventRow): RecordedEvent {
  const type = TYPES_BY_CODE.get(code);
  if (type === undefined) return { type: 'unknown', sequence, at };
  const rest: unknown = payload === null ? {} : JSON.parse(payload);
  const columns = { type, sequence, at };
  const parsed = ExecutionEvent.safeParse(
    Object.assign(columns, path !== null && { path }, attempt !== null && { attempt }, rest),
  );
  if (parsed.success) return parsed.data;
  throw new Error(`Event ${sequence} (${type}) of the journal is damaged:\n${z.prettifyError(parsed.error)}`);
}

const TYPES_BY_CODE: ReadonlyMap<number, ExecutionEventType> = new Map(
  ExecutionEvent.options.map(({ shape: { type } }) => [EVENT_TYPE_CODES[type.value], type.value]),
);
