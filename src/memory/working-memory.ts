import type { Json } from '../core/json.ts';
import { ok } from '../core/result.ts';
import { KIB, MIB } from '../core/units.ts';
import { createGuaranteeKeeper, estimateTokens, type Memory, type MemoryAnswer, type MemoryDeps } from './memory.ts';
import { nameFault } from './memory-input.ts';

/** The most that one execution keeps in mind. */
export interface WorkingMemoryLimits {
  readonly maxKeys: number;
  /** Of one value, as JSON in UTF-8. */
  readonly maxValueBytes: number;
  /** Of all values. */
  readonly maxBytes: number;
}

export const DEFAULT_WORKING_MEMORY_LIMITS: WorkingMemoryLimits = {
  maxKeys: 1_000,
  maxValueBytes: 256 * KIB,
  maxBytes: 4 * MIB,
};

/** Where the notes of one execution are. */
export interface NoteStore {
  list(): readonly { readonly key: string; readonly bytes: number }[];
  read(key: string): Promise<Json | undefined>;
  /** Durable when it resolves; without a value the note is deleted. */
  write(key: string, note: { readonly value: Json; readonly bytes: number } | undefined): Promise<void>;
}

/** What one execution knows, by name: all its agents share it, it survives their process, and goes with the execution. */
export interface WorkingMemory extends Memory {
  /** Keeps the value in place of what had that name. */
  set(key: string, value: Json): Promise<MemoryAnswer<void>>;
  /** Undefined where there is nothing of that name. */
  get(key: string): Promise<MemoryAnswer<Json | undefined>>;
  /** Whether there was something. */
  delete(key: string): Promise<MemoryAnswer<boolean>>;
  keys(): MemoryAnswer<readonly string[]>;
}

export interface WorkingMemoryDeps extends MemoryDeps {
  readonly notes: NoteStore;
  readonly limits?: Partial<WorkingMemoryLimits>;
}

export function createWorkingMemory({
  guarantees,
  onUse,
  notes,
  limits: given = {},
}: WorkingMemoryDeps): WorkingMemory {
  const limits = { ...DEFAULT_WORKING_MEMORY_LIMITS, ...given };
  const keeper = createGuaranteeKeeper('working', guarantees);

  function sizeFault(key: string, bytes: number): string | undefined {
    const { maxKeys, maxValueBytes, maxBytes } = limits;
    const others = notes.list().filter((note) => note.key !== key);
    const rest = others.reduce((sum, note) => sum + note.bytes, 0);
    if (bytes > maxValueBytes)
      return `The value of "${key}" has ${bytes} bytes as JSON, and at most ${maxValueBytes} are kept. Keep less of it, or write facts.`;
    if (others.length >= maxKeys)
      return `The working memory holds ${maxKeys} keys, which is the most. Delete one before setting "${key}".`;
    if (rest + bytes > maxBytes)
      return `With "${key}" the working memory would hold ${rest + bytes} bytes, and at most ${maxBytes} are kept. Delete something first.`;
    return undefined;
  }

  return {
    kind: 'working',
    offers: keeper.offers,
    validate: keeper.validate,
    async set(key, value) {
      const text = JSON.stringify(value);
      const bytes = Buffer.byteLength(text);
      const refusal = keeper.refusal(nameFault('key', key) ?? sizeFault(key, bytes));
      if (refusal !== undefined) return refusal;
      await notes.write(key, { value, bytes });
      await onUse?.({ kind: 'working', operation: 'write', tokens: estimateTokens(text), items: 1 });
      return ok(undefined);
    },
    async get(key) {
      const refusal = keeper.refusal();
      if (refusal !== undefined) return refusal;
      const value = await notes.read(key);
      const [tokens, items] = value === undefined ? [0, 0] : [estimateTokens(JSON.stringify(value)), 1];
      await onUse?.({ kind: 'working', operation: 'read', tokens, items });
      return ok(value);
    },
    async delete(key) {
      const refusal = keeper.refusal();
      if (refusal !== undefined) return refusal;
      const isThere = notes.list().some((note) => note.key === key);
      if (isThere) await notes.write(key, undefined);
      return ok(isThere);
    },
    keys: () => keeper.refusal() ?? ok(notes.list().map(({ key }) => key)),
  };
}
