import { z } from 'zod';

const Ratio = z.number().positive();

/** What the smoke run looks at: each a ratio to a floor of the same run, as times say more of the machine than of the product. */
export const SmokeRatios = z.strictObject({
  /** W1: a three-step execution, in the time of three commits in a row; less is better. */
  w1ToFloor: Ratio,
  /** W2: steps a second, as a share of what batches of rows alone reach; more is better. */
  w2ToL2n: Ratio,
});
export type SmokeRatios = z.infer<typeof SmokeRatios>;

/** How much worse than the baseline is a regression and not the noise of a machine that others use too. */
export const WORSE_TIMES = 1.6;

/** What is worse than in `bench/smoke.json`, in sentences; throws when one of the two is no pair of ratios. */
export function regressionsOf(found: unknown, baseline: unknown): readonly string[] {
  const [now, then] = [SmokeRatios.parse(found), SmokeRatios.parse(baseline)];
  const worse = [
    { name: 'W1 to its floor', now: now.w1ToFloor, then: then.w1ToFloor, times: now.w1ToFloor / then.w1ToFloor },
    { name: 'W2 to L2n', now: now.w2ToL2n, then: then.w2ToL2n, times: then.w2ToL2n / now.w2ToL2n },
  ];
  return worse
    .filter(({ times }) => times > WORSE_TIMES)
    .map(
      (one) =>
        `${one.name} is ${one.now.toPrecision(3)}; bench/smoke.json has ${one.then.toPrecision(3)}, and more than ${WORSE_TIMES} times worse is a regression.`,
    );
}
