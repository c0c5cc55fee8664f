import { describe, expect, test } from 'vitest';
import type { MemoryUse } from '../../../src/memory/memory.ts';
import { createWorkingMemory, type WorkingMemory } from '../../../src/memory/working-memory.ts';

async function newMemory(uses: MemoryUse[] = []): Promise<WorkingMemory> {
  const limits = { maxKeys: 3, maxValueBytes: 10, maxBytes: 16 };
  const memory = createWorkingMemory({ guarantees: ['ephemeral'], onUse: (use) => uses.push(use), limits });
  expect(await memory.validate()).toEqual({ ok: true, value: undefined });
  return memory;
}
const refused = (message: string) => ({ ok: false, error: { reason: 'invalidInput', message, retryable: false } });

describe('working memory', () => {
  test('keeps copies by name', async () => {
    const memory = await newMemory();
    const list = [1, 2];
    memory.set('list', list);
    list.push(3);
    expect(memory.get('list')).toEqual({ ok: true, value: [1, 2] });
    expect(memory.get('nothing')).toEqual({ ok: true, value: undefined });
    memory.set('list', null);
    expect(memory.get('list')).toEqual({ ok: true, value: null });
    expect(memory.keys()).toEqual({ ok: true, value: ['list'] });
    expect([memory.delete('list'), memory.delete('list')]).toMatchObject([{ value: true }, { value: false }]);
  });

  test('refuses what passes a limit, and keeps what it has', async () => {
    const memory = await newMemory();
    expect(memory.set('big', '123456789')).toEqual(
      refused('The value of "big" has 11 bytes as JSON, and at most 10 are kept. Keep less of it, or write facts.'),
    );
    memory.set('a', '12345678');
    expect(memory.set('b', '12345')).toEqual(
      refused('With "b" the working memory would hold 17 bytes, and at most 16 are kept. Delete something first.'),
    );
    expect(memory.set('a', '1234').ok && memory.set('b', '1234').ok && memory.set('c', 1).ok).toBe(true);
    expect(memory.set('d', 1)).toEqual(
      refused('The working memory holds 3 keys, which is the most. Delete one before setting "d".'),
    );
    expect(memory.set('c', 2).ok && memory.delete('c').ok && memory.set('d', 1).ok).toBe(true);
    expect(memory.set('', 1)).toEqual(refused('The key is empty. Give it a name.'));
    expect(memory.get('a')).toEqual({ ok: true, value: '1234' });
  });

  test('says what was read and written', async () => {
    const uses: MemoryUse[] = [];
    const memory = await newMemory(uses);
    memory.set('a', '123456');
    memory.get('a');
    memory.get('b');
    memory.set('a', 'far too much of it');
    expect(uses).toEqual([
      { kind: 'working', operation: 'write', tokens: 2, items: 1 },
      { kind: 'working', operation: 'read', tokens: 2, items: 1 },
      { kind: 'working', operation: 'read', tokens: 0, items: 0 },
    ]);
  });

  test('is not used before it was validated, nor with a guarantee that it does not give', async () => {
    const memory = createWorkingMemory({ guarantees: ['vectorised'] });
    const notValidated = { ok: false, error: { reason: 'notValidated' } };
    expect(memory.set('a', 1)).toMatchObject(notValidated);
    expect(await memory.validate()).toMatchObject({ ok: false, error: { reason: 'guaranteeNotOffered' } });
    expect([memory.set('a', 1), memory.get('a'), memory.delete('a'), memory.keys()]).toMatchObject(
      Array(4).fill(notValidated),
    );
  });
});
