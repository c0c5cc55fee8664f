import type { Floors } from './floors.ts';
import { openFloors } from './floors.ts';
import { startProduct } from './product-process.ts';
import type { SmokeRatios } from './regressions.ts';
import type { BenchServer } from './servers.ts';
import { median } from './statistics.ts';

const ROUNDS = 3;
const WARM_UPS = 1;
const CHAINS = 500;
const FLOOR_STEPS = 25_000;
const SINGLE = 100;
/** Of the floor of W1. */
const FLOOR_COMMITS = 3;

/** Three in a row many times: the median, as W1 is one. In milliseconds. */
export async function threeInserts(floors: Floors): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < SINGLE; n += 1) times.push(await floors.threeInserts());
  return median(times);
}

/**
 * W1 and W2 beside their floors, in a quarter of a minute: enough to see what has become much slower. Of W1 the commits are counted:
 * its time was 2.7 to 8.6 times its floor with the same program, as a process that mostly waits takes what the machine gives it.
 */
export async function measureSmoke(server: BenchServer): Promise<SmokeRatios> {
  const floors = await openFloors(await server.createDatabase('smoke_floors'));
  const product = await startProduct({ DATABASE_URL: await server.createDatabase('smoke') });
  const rounds: SmokeRatios[] = [];
  for (let n = 0; n < WARM_UPS + ROUNDS; n += 1) {
    const before = await floors.transactions();
    await product.ask({ type: 'w1', executions: SINGLE });
    const commits = ((await floors.transactions()) - before) / SINGLE;
    const w2 = await product.ask({ type: 'w2', executions: CHAINS, concurrency: 50 });
    const l2n = await floors.batches(FLOOR_STEPS);
    rounds.push({ w1CommitsToFloor: commits / FLOOR_COMMITS, w2ToL2n: w2 / l2n });
  }
  await product.close();
  await floors.close();
  const kept = rounds.slice(WARM_UPS);
  const of = (pick: (round: SmokeRatios) => number): number => median(kept.map(pick));
  return { w1CommitsToFloor: of(({ w1CommitsToFloor }) => w1CommitsToFloor), w2ToL2n: of(({ w2ToL2n }) => w2ToL2n) };
}
