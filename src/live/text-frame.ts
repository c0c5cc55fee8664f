import { z } from 'zod';
import { ExecutionId } from '../core/ids.ts';
import { MAX_NOTIFY_BYTES } from './hint-text.ts';
import { longId, shortId } from './short-id.ts';
import type { AttemptPlace, DeltaChannel } from './text-buffer.ts';

/** What one attempt said at a place of its text; without `said` it has ended. */
export interface SpokenPart {
  readonly of: AttemptPlace;
  readonly said?: { readonly channel: DeltaChannel; readonly offset: number; readonly text: string };
}

/** One NOTIFY while it is filled: `sender|` and JSON, which also carries NUL, as Postgres itself does not. */
export interface TextFrame {
  readonly isEmpty: boolean;
  /** The end of an attempt; false: there is no room. */
  addEnd(of: AttemptPlace): boolean;
  /** As much of a text as there is room for, whole pairs of surrogates; gives back how many units that is. */
  addText(of: AttemptPlace, said: NonNullable<SpokenPart['said']>): number;
  toText(): string;
}

type Row = readonly [id: string, path: string, attempt: number, channel?: DeltaChannel, offset?: number, text?: string];

export function openTextFrame(sender: string): TextFrame {
  const rows: string[] = [];
  let left = MAX_NOTIFY_BYTES - Buffer.byteLength(`${sender}|[]`);

  function add(row: Row): void {
    const text = JSON.stringify(row);
    rows.push(text);
    left -= sizeOf(row);
  }
  // With the comma.
  const sizeOf = (row: Row): number => Buffer.byteLength(JSON.stringify(row)) + 1;

  return {
    get isEmpty() {
      return rows.length === 0;
    },
    addEnd({ executionId, path, attempt }) {
      const row: Row = [shortId(executionId), path, attempt];
      if (sizeOf(row) > left) return false;
      add(row);
      return true;
    },
    addText({ executionId, path, attempt }, { channel, offset, text }) {
      const place = [shortId(executionId), path, attempt, channel, offset] as const;
      const fitting = cutToBytes(text, left - sizeOf([...place, '']));
      if (fitting !== '') add([...place, fitting]);
      return fitting.length;
    },
    toText: () => `${sender}|[${rows.join(',')}]`,
  };
}

/** The longest beginning whose JSON takes so many bytes, without its quotes. */
function cutToBytes(text: string, bytes: number): string {
  if (jsonBytes(text) <= bytes) return text;
  let left = bytes;
  let end = 0;
  for (const character of text) {
    left -= jsonBytes(character);
    if (left < 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}

const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

const Rows = z.array(
  z.union([
    z.tuple([z.string(), z.string(), z.int()]),
    z.tuple([z.string(), z.string(), z.int(), z.enum(['text', 'log']), z.int().min(0), z.string()]),
  ]),
);

/** What a NOTIFY said; nothing of one that a release wrote otherwise. */
export function parseTextFrame(frame: string): { readonly sender: string; readonly parts: readonly SpokenPart[] } {
  const bar = frame.indexOf('|');
  const rows = Rows.safeParse(parseJson(frame.slice(bar + 1)));
  // Most rows of a frame are of one execution.
  const ids = new Map<string, ExecutionId | undefined>();
  const idOf = (short: string): ExecutionId | undefined => {
    if (!ids.has(short)) ids.set(short, ExecutionId.safeParse(longId(short)).data);
    return ids.get(short);
  };
  return {
    sender: frame.slice(0, Math.max(bar, 0)),
    parts: rows.success ? rows.data.flatMap((row) => toPart(row, idOf(row[0]))) : [],
  };
}

function toPart([, path, attempt, channel, offset, text]: Row, executionId: ExecutionId | undefined) {
  if (executionId === undefined) return [];
  const of = { executionId, path, attempt };
  if (channel === undefined || offset === undefined || text === undefined) return [{ of }];
  return [{ of, said: { channel, offset, text } }];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
