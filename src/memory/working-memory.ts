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

/** What one execution knows, by name; gone with its process. */
export interface WorkingMemory extends Memory {
  /** Keeps a copy, in place of what had that name. */
  set(key: string, value: Json): MemoryAnswer<void>;
  /** A copy; undefined where there is nothing of that name. */
  get(key: string): MemoryAnswer<Json | undefined>;
  delete(key: string): MemoryAnswer<boolean>;
  keys(): MemoryAnswer<readonly string[]>;
}

export function createWorkingMemory({
  guarantees,
  onUse,
  limits: given = {},
}: MemoryDeps & { readonly limits?: Partial<WorkingMemoryLimits> }): WorkingMemory {
  const limits = { ...DEFAULT_WORKING_MEMORY_LIMITS, ...given };
  const keeper = createGuaranteeKeeper('working', guarantees);
  // As JSON: nobody changes what is kept by changing what was given or gotten.
  const values = new Map<string, string>();
  let total = 0;

  function remove(key: string): boolean {
    total -= Buffer.byteLength(values.get(key) ?? '');
    return values.delete(key);
  }

  function sizeFault(key: string, bytes: number): string | undefined {
    const { maxKeys, maxValueBytes, maxBytes } = limits;
    const rest = total - Buffer.byteLength(values.get(key) ?? '');
    if (bytes > maxValueBytes)
      return `The value of "${key}" has ${bytes} bytes as JSON, and at most ${maxValueBytes} are kept. Keep less of it, or write facts.`;
    if (!values.has(key) && values.size >= maxKeys)
      return `The working memory holds ${maxKeys} keys, which is the most. Delete one before setting "${key}".`;
    if (rest + bytes > maxBytes)
      return `With "${key}" the working memory would hold ${rest + bytes} bytes, and at most ${maxBytes} are kept. Delete something first.`;
    return undefined;
  }

  return {
    kind: 'working',
    offers: keeper.offers,
    validate: keeper.validate,
    set(key, value) {
      const text = JSON.stringify(value);
      const bytes = Buffer.byteLength(text);
      const refusal = keeper.refusal(nameFault('key', key) ?? sizeFault(key, bytes));
      if (refusal !== undefined) return refusal;
      remove(key);
      values.set(key, text);
      total += bytes;
      onUse?.({ kind: 'working', operation: 'write', tokens: estimateTokens(text), items: 1 });
      return ok(undefined);
    },
    get(key) {
      const refusal = keeper.refusal();
      if (refusal !== undefined) return refusal;
      const text = values.get(key);
      const items = text === undefined ? 0 : 1;
      onUse?.({ kind: 'working', operation: 'read', tokens: estimateTokens(text ?? ''), items });
      return ok(text === undefined ? undefined : (JSON.parse(text) as Json)); // what JSON.stringify made is JSON
    },
    delete: (key) => keeper.refusal() ?? ok(remove(key)),
    keys: () => keeper.refusal() ?? ok([...values.keys()]),
  };
}
