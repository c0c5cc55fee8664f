import { bundleProduct, startProduct, type ProductProcess } from './product-process.ts';
import type { BenchServer } from './servers.ts';
import { median, rounded } from './statistics.ts';

/** Each process is compiled by V8 a little differently: several of each are measured. */
const GENERATIONS = 4;
const WARM_UPS = 3;
const ROUNDS = 6;
const EXECUTIONS = 500;
const STEPS = 10;

/** CPU time of the product's process for one step of W2, in microseconds. */
async function cpuUsPerStep(product: ProductProcess): Promise<number> {
  const before = await product.ask({ type: 'cpu' });
  await product.ask({ type: 'w2', executions: EXECUTIONS, concurrency: 50 });
  return (((await product.ask({ type: 'cpu' })) - before) * 1_000) / (EXECUTIONS * STEPS);
}

/**
 * What metrics cost on W2 where traces are off: the product as it is, the same again, and a build that counts nothing, in turn.
 * CPU time and not steps per second, which say more of the disk. What the first two differ by is noise.
 */
export async function measureOverhead(server: BenchServer): Promise<Record<string, number>> {
  const counting = await bundleProduct();
  const silent = await bundleProduct({ withoutMetrics: true });
  const rounds: { readonly counting: number; readonly again: number; readonly silent: number }[] = [];
  for (let generation = 0; generation < GENERATIONS; generation += 1) {
    const start = async (name: string, bundle: string): Promise<ProductProcess> =>
      startProduct({ DATABASE_URL: await server.createDatabase(`${name}${generation}`) }, { bundle });
    const products = {
      counting: await start('counting', counting),
      again: await start('again', counting),
      silent: await start('silent', silent),
    };
    for (let n = 0; n < WARM_UPS + ROUNDS; n += 1) {
      const round = {
        counting: await cpuUsPerStep(products.counting),
        silent: await cpuUsPerStep(products.silent),
        again: await cpuUsPerStep(products.again),
      };
      if (n >= WARM_UPS) rounds.push(round);
    }
    for (const product of Object.values(products)) await product.close();
  }
  const of = (pick: (round: (typeof rounds)[number]) => number): number => rounded(median(rounds.map(pick)));
  return {
    cpuUsPerStep: of(({ counting: one, again }) => (one + again) / 2),
    withoutMetricsCpuUsPerStep: of((round) => round.silent),
    costShare: of((round) => (round.counting + round.again) / 2 / round.silent - 1),
    noiseShare: of((round) => Math.abs(round.again / round.counting - 1)),
  };
}
