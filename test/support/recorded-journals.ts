import { Blueprint } from '../../src/blueprint/blueprint.ts';
import { toPlan } from '../../src/compiler/to-plan.ts';
import { fromRow, toRow, type EventRow } from '../../src/execution/codec.ts';
import { EVENT_FORMAT, type ExecutionEvent } from '../../src/execution/events.ts';
import { replay } from '../../src/execution/replay.ts';
import { seenOf } from './seen-state.ts';

/** A journal as a release wrote it, and what it made of it. */
export interface RecordedJournal {
  readonly format: number;
  readonly blueprint: unknown;
  readonly rows: readonly EventRow[];
  /** What readers saw: at the half, and at the end. */
  readonly half: unknown;
  readonly end: unknown;
}

/** As JSON has it; money as its digits. */
export const asJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)));

/** Decodes the rows and folds them, as the program of today does it. */
export function foldRows(blueprint: unknown, rows: readonly EventRow[]): Pick<RecordedJournal, 'half' | 'end'> {
  const plan = toPlan(Blueprint.parse(blueprint), 'f'.repeat(64));
  const fold = (count: number): unknown => asJson(seenOf(replay(plan, rows.slice(0, count).map(fromRow))));
  return { half: fold(Math.ceil(rows.length / 2)), end: fold(rows.length) };
}

/** The journal of these events, to be kept. */
export function recordJournal(blueprint: Blueprint, events: readonly ExecutionEvent[]): RecordedJournal {
  const rows = events.map(toRow);
  return { format: EVENT_FORMAT, blueprint: asJson(blueprint), rows, ...foldRows(blueprint, rows) };
}
