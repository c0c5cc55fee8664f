import { describe, expect, it } from 'vitest';
import { coalesce } from '../../../src/core/coalesce.ts';

/** A store that answers when it is told to. */
function slowStore() {
  const calls: { readonly requests: readonly number[]; readonly answer: (answers: readonly string[]) => void }[] = [];
  const ask = (requests: readonly number[]): Promise<readonly string[]> =>
    new Promise((answer) => calls.push({ requests, answer }));
  return { calls, ask };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Requests that are coalesced', () => {
  it('share a call in one tick; those that come meanwhile wait for the next', async () => {
    const { calls, ask } = slowStore();
    const find = coalesce(ask, 10);
    const first = [find(1), find(2)];
    await settled();
    const second = [find(3), find(4)];
    await settled();
    expect(calls.map(({ requests }) => requests)).toEqual([[1, 2]]);
    calls[0]?.answer(['one', 'two']);
    expect(await Promise.all(first)).toEqual(['one', 'two']);
    await settled();
    expect(calls[1]?.requests).toEqual([3, 4]);
    calls[1]?.answer(['three', 'four']);
    expect(await Promise.all(second)).toEqual(['three', 'four']);
    const later = find(5);
    await settled();
    calls[2]?.answer(['five']);
    expect(await later).toBe('five');
  });

  it('go in several calls when they are more than one call takes', async () => {
    const sizes: number[] = [];
    const find = coalesce(async (requests: readonly number[]) => {
      sizes.push(requests.length);
      return requests;
    }, 2);
    expect(await Promise.all([1, 2, 3, 4, 5].map(find))).toEqual([1, 2, 3, 4, 5]);
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('fail together, and the next ask anew', async () => {
    let isAway = true;
    const find = coalesce(async (requests: readonly number[]) => {
      if (isAway) throw new Error('away');
      return requests;
    }, 10);
    const both = await Promise.allSettled([find(1), find(2)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isAway = false;
    expect(await find(3)).toBe(3);
  });

  it('never hang on a call that answers too little', async () => {
    const find = coalesce(async () => [], 10);
    await expect(find(1)).rejects.toThrow('1 requests got 0 answers');
  });
});
