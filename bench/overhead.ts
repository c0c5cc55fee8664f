import type { Whole } from './metrics-share.ts';
import { startProduct } from './product-process.ts';
import type { BenchServer } from './servers.ts';
import { median, rounded } from './statistics.ts';

/** Each process is compiled by V8 a little differently: several are measured. */
const PROCESSES = 4;
const WARM_UPS = 3;
const ROUNDS = 5;
const W2 = { executions: 500, concurrency: 50 };

/**
 * What metrics cost on W2 where traces are off, by profiles: the share of the time that W2 takes, which is what it could be faster
 * without them, and of the time in which the process works. Not two builds side by side: two of the same build differ by more.
 */
export async function measureOverhead(server: BenchServer): Promise<Record<string, number>> {
  const shares: Record<Whole, number[]> = { time: [], workingTime: [] };
  for (let n = 0; n < PROCESSES; n += 1) {
    const product = await startProduct({ DATABASE_URL: await server.createDatabase(`overhead${n}`) });
    for (let warm = 0; warm < WARM_UPS; warm += 1) await product.ask({ type: 'w2', ...W2 });
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const of of ['time', 'workingTime'] as const)
        shares[of].push(await product.ask({ type: 'metrics-share', ...W2, of }));
    }
    await product.close();
  }
  return {
    shareOfTime: rounded(median(shares.time)),
    shareOfTimeAtMost: rounded(Math.max(...shares.time)),
    shareOfWorkingTime: rounded(median(shares.workingTime)),
  };
}
