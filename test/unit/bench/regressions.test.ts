import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { regressionsOf, WORSE_TIMES } from '../../../bench/regressions.ts';

const LAST = { w1: { ratioToFloor: 4 }, w2: { ratioToL2n: 0.2 } };

describe('the guard against regressions', () => {
  it('lets pass what is as it was, better, or within the noise', () => {
    expect(regressionsOf({ w1ToFloor: 4, w2ToL2n: 0.2 }, LAST)).toEqual([]);
    expect(regressionsOf({ w1ToFloor: 1, w2ToL2n: 0.9 }, LAST)).toEqual([]);
    expect(regressionsOf({ w1ToFloor: 4 * 1.4, w2ToL2n: 0.2 / 1.4 }, LAST)).toEqual([]);
  });

  it('names what has become much slower, and how slow', () => {
    expect(regressionsOf({ w1ToFloor: 9, w2ToL2n: 0.2 }, LAST)).toEqual([
      `W1 to its floor is 9.00; the last results have 4.00, and more than ${WORSE_TIMES} times worse is a regression.`,
    ]);
    expect(regressionsOf({ w1ToFloor: 4, w2ToL2n: 0.1 }, LAST)).toEqual([
      expect.stringMatching(/^W2 to L2n is 0\.100; /),
    ]);
  });

  it('lets nothing pass that is no number', () => {
    expect(regressionsOf({ w1ToFloor: Number.NaN, w2ToL2n: 0 }, LAST)).toHaveLength(2);
  });

  it('reads the last results, and refuses others', async () => {
    const last: unknown = JSON.parse(await readFile('bench/results.json', 'utf8'));
    expect(regressionsOf({ w1ToFloor: 1, w2ToL2n: 1 }, last)).toEqual([]);
    expect(() => regressionsOf({ w1ToFloor: 1, w2ToL2n: 1 }, {})).toThrow();
  });
});
