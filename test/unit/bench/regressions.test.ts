import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { regressionsOf, MORE_TIMES, WORSE_TIMES } from '../../../bench/regressions.ts';

const BASELINE = { w1CommitsToFloor: 4, w2ToL2n: 0.2 };

describe('the guard against regressions', () => {
  it('lets pass what is as it was, better, or within the noise', () => {
    expect(regressionsOf(BASELINE, BASELINE)).toEqual([]);
    expect(regressionsOf({ w1CommitsToFloor: 1, w2ToL2n: 0.9 }, BASELINE)).toEqual([]);
    expect(regressionsOf({ w1CommitsToFloor: 4 * 1.05, w2ToL2n: 0.2 / 1.4 }, BASELINE)).toEqual([]);
  });

  it('names what has become much slower, and how slow', () => {
    expect(regressionsOf({ w1CommitsToFloor: 9, w2ToL2n: 0.2 }, BASELINE)).toEqual([
      `W1 in commits is 9.00; bench/smoke.json has 4.00, and more than ${MORE_TIMES} times worse is a regression.`,
    ]);
    expect(regressionsOf({ w1CommitsToFloor: 4, w2ToL2n: 0.1 }, BASELINE)).toEqual([
      expect.stringMatching(new RegExp(`^W2 to L2n is 0\\.100; .*${WORSE_TIMES} times`)),
    ]);
  });

  it.each([
    { w1CommitsToFloor: Number.NaN },
    { w1CommitsToFloor: 0 },
    { w2ToL2n: Number.POSITIVE_INFINITY },
    { w2ToL2n: -1 },
  ])('refuses what cannot have been measured: %j', (more) => {
    expect(() => regressionsOf({ ...BASELINE, ...more }, BASELINE)).toThrow();
    expect(() => regressionsOf(BASELINE, { ...BASELINE, ...more })).toThrow();
  });

  it('has a baseline', async () => {
    const baseline: unknown = JSON.parse(await readFile('bench/smoke.json', 'utf8'));
    expect(regressionsOf({ w1CommitsToFloor: 1, w2ToL2n: 1 }, baseline)).toEqual([]);
    expect(regressionsOf({ w1CommitsToFloor: 100, w2ToL2n: 0.001 }, baseline)).toHaveLength(2);
  });
});
