import { z } from 'zod';

/** What the smoke run looks at: each a ratio to a floor of the same run, as times say more of the machine than of the product. */
export interface SmokeRatios {
  /** W1: a three-step execution, in the time of three commits in a row; less is better. */
  readonly w1ToFloor: number;
  /** W2: steps a second, as a share of what batches of rows alone reach; more is better. */
  readonly w2ToL2n: number;
}

/** How much worse than the last results is a regression and not the noise of a machine that others use too. */
export const WORSE_TIMES = 1.6;

const LastResults = z.object({
  w1: z.object({ ratioToFloor: z.number().positive() }),
  w2: z.object({ ratioToL2n: z.number().positive() }),
});

/** What is worse than in `bench/results.json`, in sentences; throws when that cannot be read. */
export function regressionsOf(found: SmokeRatios, lastResults: unknown): readonly string[] {
  const last = LastResults.parse(lastResults);
  const worse = [
    {
      name: 'W1 to its floor',
      found: found.w1ToFloor,
      last: last.w1.ratioToFloor,
      times: found.w1ToFloor / last.w1.ratioToFloor,
    },
    { name: 'W2 to L2n', found: found.w2ToL2n, last: last.w2.ratioToL2n, times: last.w2.ratioToL2n / found.w2ToL2n },
  ];
  return (
    worse
      // What is no number is worse than all.
      .filter(({ times }) => !(times <= WORSE_TIMES))
      .map(
        (one) =>
          `${one.name} is ${one.found.toPrecision(3)}; the last results have ${one.last.toPrecision(3)}, and more than ${WORSE_TIMES} times worse is a regression.`,
      )
  );
}
