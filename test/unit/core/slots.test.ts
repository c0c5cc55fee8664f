import { describe, expect, it } from 'vitest';
import { createSlots } from '../../../src/core/slots.ts';

const never = new AbortController().signal;

describe('slots', () => {
  it('let in as many as there are, and the others in order', async () => {
    const slots = createSlots(2);
    const entered: string[] = [];
    const enter = async (name: string): Promise<() => void> => {
      const release = await slots.acquire(never);
      entered.push(name);
      return release;
    };
    const first = await enter('a');
    await enter('b');
    const third = enter('c');
    const fourth = enter('d');
    expect([entered, slots.waiting]).toEqual([['a', 'b'], 2]);
    first();
    first(); // given back twice counts once
    (await third)();
    await fourth;
    expect(entered).toEqual(['a', 'b', 'c', 'd']);
  });

  it('forget who gave up waiting', async () => {
    const slots = createSlots(1);
    const release = await slots.acquire(never);
    const abort = new AbortController();
    const waiting = slots.acquire(abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow(/canceled/);
    await expect(slots.acquire(AbortSignal.abort())).rejects.toThrow(/canceled/);
    release();
    await expect(slots.acquire(never)).resolves.toBeTypeOf('function');
  });
});
