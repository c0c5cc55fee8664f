import { describe, expect, it } from 'vitest';
import { createSlots } from '../../../src/core/slots.ts';
import { createLookups } from '../../../src/egress/name-lookups.ts';

const never = new AbortController().signal;
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lookups that settle when the test says so. */
function scene() {
  const asked: string[] = [];
  const settle = new Map<string, (addresses: readonly string[]) => void>();
  const lookUp = createLookups((hostname) => {
    asked.push(hostname);
    return new Promise((resolve) => settle.set(hostname, resolve));
  });
  return { asked, lookUp, answer: (hostname: string) => settle.get(hostname)?.(['192.0.2.1']) };
}

describe('lookups of names', () => {
  it('leave room for others, also when nobody waits for them any more', async () => {
    const { asked, lookUp, answer } = scene();
    const own = createSlots(2);
    const gaveUp = new AbortController();
    const ended: Promise<unknown>[] = [];
    for (const name of ['a', 'b', 'c', 'd'])
      ended.push(lookUp(name, { signal: gaveUp.signal, own }).catch(() => 'gave up'));
    await soon();
    gaveUp.abort();
    await soon();
    expect(asked).toEqual(['a', 'b']);
    const again = lookUp('e', { signal: never, own });
    const other = lookUp('f', { signal: never, own: createSlots(2) });
    await soon();
    expect(asked).toEqual(['a', 'b', 'f']);
    answer('f');
    expect(await other).toEqual(['192.0.2.1']);
    answer('a');
    await soon();
    expect(asked).toEqual(['a', 'b', 'f', 'e']);
    answer('e');
    answer('b');
    expect(await again).toEqual(['192.0.2.1']);
    expect(await Promise.all(ended)).toEqual([['192.0.2.1'], ['192.0.2.1'], 'gave up', 'gave up']);
  });

  it('are three at once, whoever asks', async () => {
    const { asked, lookUp } = scene();
    for (const name of ['a', 'b', 'c', 'd']) void lookUp(name, { signal: never, own: createSlots(2) });
    await soon();
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it('of one name are made once, and again when it is settled', async () => {
    const { asked, lookUp, answer } = scene();
    const both = Promise.all([lookUp('a', { signal: never }), lookUp('a', { signal: never })]);
    await soon();
    answer('a');
    expect(await both).toEqual([['192.0.2.1'], ['192.0.2.1']]);
    expect(asked).toEqual(['a']);
    void lookUp('a', { signal: never });
    await soon();
    expect(asked).toEqual(['a', 'a']);
  });

  it('that fail give their places back', async () => {
    let failures = 0;
    const lookUp = createLookups(() => Promise.reject(new Error(`ENOTFOUND ${(failures += 1)}`)));
    const own = createSlots(1);
    for (let count = 1; count <= 5; count += 1)
      await expect(lookUp('a', { signal: never, own })).rejects.toThrow(`ENOTFOUND ${count}`);
  });
});
