import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import type { MemoryUse } from '../../../src/memory/memory.ts';
import { createWorkingMemory, type NoteStore, type WorkingMemory } from '../../../src/memory/working-memory.ts';

function newNotes(): NoteStore {
  const notes = new Map<string, string>();
  return {
    list: () => [...notes].map(([key, text]) => ({ key, bytes: Buffer.byteLength(text) })),
    read: async (key) => {
      const text = notes.get(key);
      return text === undefined ? undefined : (JSON.parse(text) as Json); // what JSON.stringify made is JSON
    },
    write: async (key, note) => {
      if (note === undefined) notes.delete(key);
      else notes.set(key, JSON.stringify(note.value));
    },
  };
}

async function newMemory(uses: MemoryUse[] = []): Promise<WorkingMemory> {
  const limits = { maxKeys: 3, maxValueBytes: 10, maxBytes: 16 };
  const memory = createWorkingMemory({
    guarantees: ['durable'],
    notes: newNotes(),
    onUse: (use) => void uses.push(use),
    limits,
  });
  expect(await memory.validate()).toEqual({ ok: true, value: undefined });
  return memory;
}
const refused = (message: string) => ({ ok: false, error: { reason: 'invalidInput', message, retryable: false } });

describe('working memory', () => {
  test('keeps values by name', async () => {
    const memory = await newMemory();
    const list = [1, 2];
    await memory.set('list', list);
    expect(await memory.get('list')).toEqual({ ok: true, value: [1, 2] });
    expect(await memory.get('nothing')).toEqual({ ok: true, value: undefined });
    await memory.set('list', null);
    expect(await memory.get('list')).toEqual({ ok: true, value: null });
    expect(memory.keys()).toEqual({ ok: true, value: ['list'] });
    expect([await memory.delete('list'), await memory.delete('list')]).toMatchObject([
      { value: true },
      { value: false },
    ]);
  });

  test('refuses what passes a limit, and keeps what it has', async () => {
    const memory = await newMemory();
    expect(await memory.set('big', '123456789')).toEqual(
      refused('The value of "big" has 11 bytes as JSON, and at most 10 are kept. Keep less of it, or write facts.'),
    );
    await memory.set('a', '12345678');
    expect(await memory.set('b', '12345')).toEqual(
      refused('With "b" the working memory would hold 17 bytes, and at most 16 are kept. Delete something first.'),
    );
    for (const [key, value] of [
      ['a', '1234'],
      ['b', '1234'],
      ['c', 1],
    ] as const)
      expect(await memory.set(key, value)).toMatchObject({ ok: true });
    expect(await memory.set('d', 1)).toEqual(
      refused('The working memory holds 3 keys, which is the most. Delete one before setting "d".'),
    );
    for (const done of [await memory.set('c', 2), await memory.delete('c'), await memory.set('d', 1)])
      expect(done).toMatchObject({ ok: true });
    expect(await memory.set('', 1)).toEqual(refused('The key is empty. Give it a name.'));
    expect(await memory.get('a')).toEqual({ ok: true, value: '1234' });
  });

  test('says what was read and written', async () => {
    const uses: MemoryUse[] = [];
    const memory = await newMemory(uses);
    await memory.set('a', '123456');
    await memory.get('a');
    await memory.get('b');
    await memory.set('a', 'far too much of it');
    expect(uses).toEqual([
      { kind: 'working', operation: 'write', tokens: 2, items: 1 },
      { kind: 'working', operation: 'read', tokens: 2, items: 1 },
      { kind: 'working', operation: 'read', tokens: 0, items: 0 },
    ]);
  });

  test('is not used before it was validated, nor with a guarantee that it does not give', async () => {
    const memory = createWorkingMemory({ guarantees: ['vectorised'], notes: newNotes() });
    const notValidated = { ok: false, error: { reason: 'notValidated' } };
    expect(await memory.set('a', 1)).toMatchObject(notValidated);
    expect(await memory.validate()).toMatchObject({ ok: false, error: { reason: 'guaranteeNotOffered' } });
    expect([await memory.set('a', 1), await memory.get('a'), await memory.delete('a'), memory.keys()]).toMatchObject(
      Array(4).fill(notValidated),
    );
  });
});
