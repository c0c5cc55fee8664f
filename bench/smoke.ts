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

/** Three in a row many times: the median, as W1 is one. In milliseconds. */
export async function threeInserts(floors: Floors): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < SINGLE; n += 1) times.push(await floors.threeInserts());
  return median(times);
}

/** W1 and W2 beside their floors, in a quarter of a minute: enough to see what has become much slower. */
export async function measureSmoke(server: BenchServer): Promise<SmokeRatios> {
  const floors = await openFloors(await server.createDatabase('smoke_floors'));
  const product = await startProduct({ DATABASE_URL: await server.createDatabase('smoke') });
  const rounds: SmokeRatios[] = [];
  for (let n = 0; n < WARM_UPS + ROUNDS; n += 1) {
    const w1 = await product.ask({ type: 'w1', executions: SINGLE });
    const three = await threeInserts(floors);
    const w2 = await product.ask({ type: 'w2', executions: CHAINS, concurrency: 50 });
    const l2n = await floors.batches(FLOOR_STEPS);
    rounds.push({ w1ToFloor: w1 / three, w2ToL2n: w2 / l2n });
  }
  await product.close();
  await floors.close();
  const kept = rounds.slice(WARM_UPS);
  const of = (pick: (round: SmokeRatios) => number): number => median(kept.map(pick));
  return { w1ToFloor: of(({ w1ToFloor }) => w1ToFloor), w2ToL2n: of(({ w2ToL2n }) => w2ToL2n) };
}
