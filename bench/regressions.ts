import { z } from 'zod';

const Ratio = z.number().positive();

/** What the smoke run looks at: each a ratio to a floor of the same run, as times say more of the machine than of the product. */
export const SmokeRatios = z.strictObject({
  /** W1: the commits of a three-step execution, where its floor has three; less is better. */
  w1CommitsToFloor: Ratio,
  /** W2: steps a second, as a share of what batches of rows alone reach; more is better. */
  w2ToL2n: Ratio,
});
export type SmokeRatios = z.infer<typeof SmokeRatios>;

/** How much worse than the baseline is a regression, and not the noise of a machine that others use too. */
export const WORSE_TIMES = 1.6;
/** Of what is counted: room for the renewal of a lease in between. */
export const MORE_TIMES = 1.1;

/** What is worse than in `bench/smoke.json`, in sentences; throws when one of the two is no pair of ratios. */
export function regressionsOf(found: unknown, baseline: unknown): readonly string[] {
  const [now, then] = [SmokeRatios.parse(found), SmokeRatios.parse(baseline)];
  const worse = [
    {
      name: 'W1 in commits',
      pick: 'w1CommitsToFloor',
      times: now.w1CommitsToFloor / then.w1CommitsToFloor,
      most: MORE_TIMES,
    },
    { name: 'W2 to L2n', pick: 'w2ToL2n', times: then.w2ToL2n / now.w2ToL2n, most: WORSE_TIMES },
  ] as const;
  return worse
    .filter(({ times, most }) => times > most)
    .map(
      ({ name, pick, most }) =>
        `${name} is ${now[pick].toPrecision(3)}; bench/smoke.json has ${then[pick].toPrecision(3)}, and more than ${most} times worse is a regression.`,
    );
}
