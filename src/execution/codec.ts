import { z } from 'zod';
import { toRecordedReceipt } from './recorded-receipt.ts';
import {
  EVENT_TYPE_CODES,
  ExecutionEvent,
  type ExecutionEventType,
  type ExecutionEventOf,
  type RecordedEvent,
  type UnknownEvent,
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

// Left out by JSON.stringify. `Object.assign`, as a second spread takes three times as long as all the rest.
const HAVE_COLUMNS = { type: undefined, sequence: undefined, at: undefined, path: undefined, attempt: undefined };

/**
 * The row of an event. `JSON.stringify` writes U+0000 and lone surrogates as escapes, so that Postgres takes the payload
 * as `text` (as `jsonb` it would refuse them, and with them the whole batch).
 */
export function toRow(event: ExecutionEvent): EventRow {
  // Apart: pure steps are the many, and have none.
  const payload = JSON.stringify('receipt' in event ? withShortReceipt(event) : Object.assign({}, event, HAVE_COLUMNS));
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

/** A row that is not as this release writes it. */
export class DamagedEventError extends Error {
  override readonly name = 'DamagedEventError';
}

/** The event of a row. Throws on a row that no release up to this one wrote; a type that this one does not know is `unknown`. */
export function fromRow(row: EventRow): RecordedEvent {
  const members = membersOf(row);
  if (members === undefined) return unknownEvent(row);
  const parsed = ExecutionEvent.safeParse(members);
  if (parsed.success) return parsed.data;
  throw new DamagedEventError(
    `Event ${row.sequence} (${members.type}) of the journal is damaged:\n${z.prettifyError(parsed.error)}`,
  );
}

/**
 * The event of a row that a newer release may have written, as far as this one knows it: for readers, who show it. Without
 * the members that are unknown here; one that says what is known in another way is `unknown`.
 */
export function fromNewerRow(row: EventRow): RecordedEvent {
  const members = membersOf(row);
  if (members === undefined) return unknownEvent(row);
  for (;;) {
    const parsed = ExecutionEvent.safeParse(members);
    if (parsed.success) return parsed.data;
    // Each round takes members away, or is the last.
    if (!parsed.error.issues.map((issue) => takeUnknown(members, issue)).includes(true)) return unknownEvent(row);
  }
}

const unknownEvent = ({ sequence, at }: EventRow): UnknownEvent => ({ type: 'unknown', sequence, at });

/** What columns and payload say; undefined for a type that is not known here. */
function membersOf({ sequence, at, type: code, path, attempt, payload }: EventRow) {
  const type = TYPES_BY_CODE.get(code);
  if (type === undefined) return undefined;
  const rest: unknown = payload === null ? {} : JSON.parse(payload);
  const columns = { type, sequence, at };
  return Object.assign(columns, path !== null && { path }, attempt !== null && { attempt }, rest);
}

/** Whether it took something away. */
function takeUnknown(members: object, issue: z.core.$ZodIssue): boolean {
  if (issue.code !== 'unrecognized_keys') return false;
  let holder: object = members;
  for (const key of issue.path) {
    const inner: unknown = Reflect.get(holder, key);
    if (typeof inner !== 'object' || inner === null) return false;
    holder = inner;
  }
  return issue.keys.map((key) => Reflect.deleteProperty(holder, key)).includes(true);
}

const TYPES_BY_CODE: ReadonlyMap<number, ExecutionEventType> = new Map(
  ExecutionEvent.options.map(({ shape: { type } }) => [EVENT_TYPE_CODES[type.value], type.value]),
);
