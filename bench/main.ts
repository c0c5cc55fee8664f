import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measureDelivery } from './delivery.ts';
import { measureFanOut, type FanOut } from './fan-out.ts';
import { openFloors } from './floors.ts';
import type { Floors } from './floors.ts';
import { PARTS, say, w7, w8 } from './parts.ts';
import { bundleProduct, startProduct } from './product-process.ts';
import type { ProductProcess } from './product-process.ts';
import { measureRecovery } from './recovery.ts';
import { measureSandbox, type SandboxTimes } from './sandbox.ts';
import { startBenchServer } from './servers.ts';
import { threeInserts } from './smoke.ts';
import { median, rounded } from './statistics.ts';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? '5');
/** A server has run for a while: V8 has compiled what is hot, Postgres has its pages. */
const WARM_UPS = 3;
const CHAINS = 1_000;
const FLOOR_STEPS = 10_000;

interface Round {
  readonly l1: number;
  readonly l2n: number;
  readonly three: number;
  readonly w1: number;
  readonly w2: number;
  readonly w2Ride: number;
  readonly w2Embedded: number;
  readonly w3: number;
  readonly walPerStep: number;
}

interface Products {
  readonly commit: ProductProcess;
  readonly ride: ProductProcess;
  readonly embedded: ProductProcess;
}

const w2 = { type: 'w2', executions: CHAINS, concurrency: 50 } as const;

/** Floor and product in turn, so that a slow moment of the machine meets both. */
async function round(floors: Floors, products: Products): Promise<Round> {
  const l1 = await floors.singleInserts(FLOOR_STEPS);
  const walBefore = await floors.walBytes();
  const w2Steps = await products.commit.ask(w2);
  const walPerStep = ((await floors.walBytes()) - walBefore) / (CHAINS * 10);
  const l2n = await floors.batches(FLOOR_STEPS * 5);
  const w1 = await products.commit.ask({ type: 'w1', executions: 200 });
  const three = await threeInserts(floors);
  const w3 = await products.commit.ask({ type: 'w3', executions: 30, width: 200 });
  const w2Ride = await products.ride.ask(w2);
  const w2Embedded = await products.embedded.ask(w2);
  return { l1, l2n, three, w1, w2: w2Steps, w2Ride, w2Embedded, w3, walPerStep };
}

async function main(): Promise<void> {
  const work = await mkdtemp(path.join(tmpdir(), 'iceos-bench-'));
  say('Starting a Postgres server and the product ...');
  const server = await startBenchServer();
  try {
    await bundleProduct();
    const url = await server.createDatabase('bench');
    const floors = await openFloors(await server.createDatabase('floors'));
    const products = {
      commit: await startProduct({ DATABASE_URL: url }),
      ride: await startProduct({ DATABASE_URL: await server.createDatabase('ride'), ICEOS_PURE_NODES: 'ride' }),
      embedded: await startProduct({ ICEOS_DATA_DIR: path.join(work, 'embedded') }),
    };
    say('Warming up ...');
    for (let n = 1; n <= WARM_UPS; n += 1) await round(floors, products);
    const rounds: Round[] = [];
    for (let n = 1; n <= ROUNDS; n += 1) {
      rounds.push(await round(floors, products));
      say(
        `Round ${n} of ${ROUNDS}: ${JSON.stringify(rounds.at(-1), (_, value: unknown) => (typeof value === 'number' ? rounded(value) : value))}`,
      );
    }
    const rss = await products.commit.ask({ type: 'rss' });
    for (const product of Object.values(products)) await product.close();
    const recovery = await measureRecovery(server, ROUNDS);
    const delivery = await measureDelivery(server);
    const fanOut = await measureFanOut(server);
    say('The sandbox ...');
    const sandbox = await measureSandbox();
    await floors.close();
    await report(rounds, { rss, ...recovery, ...delivery, fanOut, sandbox });
  } finally {
    await server.close();
    await rm(work, { recursive: true, force: true });
  }
}

interface Singles {
  readonly rss: number;
  readonly recoveryMs: number;
  readonly stepsRunAgain: number;
  readonly lost: number;
  readonly deliveryP50Ms: number;
  readonly deliveryP99Ms: number;
  readonly fanOut: FanOut;
  readonly sandbox: SandboxTimes;
}

async function report(rounds: readonly Round[], singles: Singles): Promise<void> {
  const of = (pick: (round: Round) => number): number => rounded(median(rounds.map(pick)));
  const results = {
    machine: {
      processors: cpus().length,
      model: cpus()[0]?.model,
      memoryGiB: rounded(totalmem() / 2 ** 30),
      node: process.version,
    },
    command: 'npm run bench',
    rounds: rounds.length,
    floors: {
      l1StepsPerSecond: of(({ l1 }) => l1),
      l2nStepsPerSecond: of(({ l2n }) => l2n),
      threeInsertsMs: of(({ three }) => three),
    },
    w1: { p50Ms: of(({ w1 }) => w1), ratioToFloor: of(({ w1, three }) => w1 / three) },
    w2: {
      stepsPerSecond: of((each) => each.w2),
      ratioToL2n: of((each) => each.w2 / each.l2n),
      ratioToL1: of((each) => each.w2 / each.l1),
      rideStepsPerSecond: of((each) => each.w2Ride),
      embeddedStepsPerSecond: of((each) => each.w2Embedded),
    },
    w3: { p50Ms: of(({ w3 }) => w3) },
    w4: { allDoneMs: rounded(singles.recoveryMs), stepsRunAgain: singles.stepsRunAgain, lost: singles.lost },
    w5: { p50Ms: rounded(singles.deliveryP50Ms), p99Ms: rounded(singles.deliveryP99Ms) },
    w6: { residentMB: rounded(singles.rss / 1e6), walBytesPerStep: of(({ walPerStep }) => walPerStep) },
    w7: w7(singles.fanOut),
    w8: w8(singles.sandbox),
  };
  await writeFile(path.join(import.meta.dirname, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  say(JSON.stringify(results, null, 2));
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { minutes: { type: 'string' } } });
const [name] = positionals;
const part = name === undefined ? main : PARTS[name];
if (part === undefined) {
  console.error(`There is no part "${name}". There are: ${Object.keys(PARTS).join(', ')}; none is the whole.`);
  process.exitCode = 2;
} else {
  await part(Number(values.minutes ?? '20'));
}
