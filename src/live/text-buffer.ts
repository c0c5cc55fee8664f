import type { ExecutionId } from '../core/ids.ts';
import { createKeptText, type KeptText } from './kept-text.ts';

/** `text` is what a model says, `log` what a program prints. */
export type DeltaChannel = 'text' | 'log';
export const DELTA_CHANNELS: readonly DeltaChannel[] = ['text', 'log'];

export interface AttemptPlace {
  readonly executionId: ExecutionId;
  readonly path: string;
  readonly attempt: number;
}

/** What one attempt has said so far. */
export interface AttemptTexts
  extends AttemptPlace, Readonly<Record<DeltaChannel, Omit<KeptText, 'append' | 'skipTo' | 'drop'>>> {
  /** It runs in this process, so that nothing of it went by unheard. */
  readonly isOwn: boolean;
  /** It says nothing more. */
  readonly isOver: boolean;
}

/** The text of running attempts: the last 256 KiB of each, and together no more than a bound. */
export interface TextBuffer {
  /** About how much memory all of it takes. */
  readonly bytes: number;
  /** Of one execution, in the order in which they began to speak. */
  of(executionId: ExecutionId): readonly AttemptTexts[];
  /** An attempt of this process begins to speak. */
  begin(of: AttemptPlace): AttemptTexts;
  append(texts: AttemptTexts, channel: DeltaChannel, piece: string): void;
  /** Text that another process has said, and where; false when it is known already. */
  receive(
    of: AttemptPlace,
    said: { readonly channel: DeltaChannel; readonly offset: number; readonly text: string },
  ): boolean;
  /** Stays for readers that are behind, until it is forgotten. */
  end(of: AttemptPlace, nowMs: number): void;
  /** Lets go of an attempt at once. */
  release(of: AttemptPlace): void;
  /** Lets go of what ended long ago. */
  forget(nowMs: number): void;
}

export interface TextBufferSettings {
  /** Of all texts together. Over it the texts that ended are dropped first, then those that were silent for longest. */
  readonly maxBytes: number;
  /** How long what has ended stays. */
  readonly lingerMs: number;
}

interface Entry extends AttemptTexts {
  readonly text: KeptText;
  readonly log: KeptText;
  isOver: boolean;
  endedAtMs: number;
}

const UNIT_BYTES = 2;
/** About what an attempt takes beside its text. */
const ATTEMPT_BYTES = 512;

export function createTextBuffer({ maxBytes, lingerMs }: TextBufferSettings): TextBuffer {
  const executions = new Map<ExecutionId, Map<string, Entry>>();
  let bytes = 0;
  /** Those that hold text, the one that was silent for longest first; and those that ended, the oldest first. */
  const speaking = new Set<Entry>();
  const ended = new Set<Entry>();
  /** Of `ended`, those that hold text. */
  const endedFull = new Set<Entry>();

  function create(of: AttemptPlace, isOwn: boolean): Entry {
    const { executionId, path, attempt } = of;
    const attempts = executions.get(executionId) ?? new Map<string, Entry>();
    // Whoever ran the attempt before is gone, and will not say that it is over.
    for (const older of attempt > 1 ? attempts.values() : []) {
      if (older.path === path && older.attempt < attempt && !older.isOwn && !older.isOver) remove(older);
    }
    executions.set(executionId, attempts);
    const entry: Entry = {
      ...{ executionId, path, attempt, isOwn },
      ...{ text: createKeptText(), log: createKeptText(), isOver: false, endedAtMs: 0 },
    };
    attempts.set(keyOf(of), entry);
    bytes += ATTEMPT_BYTES;
    return entry;
  }

  const find = (of: AttemptPlace): Entry | undefined => executions.get(of.executionId)?.get(keyOf(of));

  function remove(entry: Entry): void {
    const attempts = executions.get(entry.executionId);
    if (attempts?.delete(keyOf(entry)) !== true) return;
    if (attempts.size === 0) executions.delete(entry.executionId);
    bytes -= ATTEMPT_BYTES + bytesOf(entry);
    for (const set of [speaking, ended, endedFull]) set.delete(entry);
  }

  function add(entry: Entry, channel: DeltaChannel, piece: string): void {
    const before = bytesOf(entry);
    entry[channel].append(piece);
    bytes += bytesOf(entry) - before;
    if (!entry.isOver) {
      speaking.delete(entry);
      speaking.add(entry);
    }
    while (bytes > maxBytes && dropOne());
  }

  /** What is dropped is said as missing; of what others say it is enough to hear the next piece as a late one. */
  function dropOne(): boolean {
    const [victim] = endedFull.size > 0 ? endedFull : speaking;
    if (victim === undefined) return false;
    if (!victim.isOwn && !victim.isOver) {
      remove(victim);
      return true;
    }
    bytes -= bytesOf(victim);
    for (const channel of DELTA_CHANNELS) victim[channel].drop();
    endedFull.delete(victim);
    speaking.delete(victim);
    return true;
  }

  function end(entry: Entry, nowMs: number): void {
    if (entry.isOver) return;
    if (entry.text.end + entry.log.end === 0) return remove(entry);
    entry.isOver = true;
    entry.endedAtMs = nowMs;
    speaking.delete(entry);
    ended.add(entry);
    if (bytesOf(entry) > 0) endedFull.add(entry);
  }

  function forget(nowMs: number): void {
    for (const entry of ended) {
      if (entry.endedAtMs > nowMs - lingerMs) return;
      remove(entry);
    }
  }

  return {
    get bytes() {
      return bytes;
    },
    of: (executionId) => [...(executions.get(executionId)?.values() ?? [])],
    begin: (of) => find(of) ?? create(of, true),
    append(texts, channel, piece) {
      const entry = find(texts);
      if (entry !== undefined && !entry.isOver) add(entry, channel, piece);
    },
    receive(of, { channel, offset, text }) {
      const entry = find(of) ?? create(of, false);
      const kept = entry[channel];
      if (entry.isOwn || entry.isOver || offset + text.length <= kept.end) return false;
      if (offset > kept.end) {
        bytes -= bytesOf(entry);
        kept.skipTo(offset);
        bytes += bytesOf(entry);
      }
      add(entry, channel, text.slice(kept.end - offset));
      return true;
    },
    end(of, nowMs) {
      forget(nowMs);
      const entry = find(of);
      if (entry !== undefined) end(entry, nowMs);
    },
    release(of) {
      const entry = find(of);
      if (entry !== undefined) remove(entry);
    },
    forget,
  };
}

const keyOf = ({ path, attempt }: AttemptPlace): string => `${attempt} ${path}`;
const bytesOf = ({ text, log }: Pick<Entry, DeltaChannel>): number =>
  UNIT_BYTES * (text.end - text.start + log.end - log.start);
