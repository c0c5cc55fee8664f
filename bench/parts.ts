import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { MINUTE_MS } from '../src/core/units.ts';
import { measureLoopDelay, type LoopDelay } from './event-loop.ts';
import { measureFanOut, TEN_THOUSAND, THOUSAND, type FanOut, type FanOutSize } from './fan-out.ts';
import { findLeaks } from './leak.ts';
import { measureMemory, type MemoryTimes } from './memory.ts';
import { measureOverhead } from './overhead.ts';
import { bundleProduct } from './product-process.ts';
import { regressionsOf } from './regressions.ts';
import { measureSandbox, type SandboxTimes } from './sandbox.ts';
import { startBenchServer, type BenchServer } from './servers.ts';
import { measureSmoke } from './smoke.ts';
import { soak, tableOf } from './soak.ts';
import { rounded } from './statistics.ts';
import { measureTracing } from './tracing.ts';

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

const sayRounded = (found: object): void =>
  say(JSON.stringify(found, (_, value: unknown) => (typeof value === 'number' ? rounded(value) : value), 2));

async function withServer<T>(measure: (server: BenchServer) => Promise<T>): Promise<T> {
  const server = await startBenchServer();
  try {
    return await measure(server);
  } finally {
    await server.close();
  }
}

export const w8 = ({ layer, ...times }: SandboxTimes): Record<string, string | number> => ({
  layer,
  ...Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, rounded(ms)])),
  coldToPlainNode: rounded(times.coldMs / times.plainNodeMs),
  warmToPlainNode: rounded(times.warmMs / times.plainNodeMs),
});

/** `npm run bench -- sandbox`: only that, printed and not kept. */
async function sandboxAlone(): Promise<void> {
  await bundleProduct();
  sayRounded(w8(await measureSandbox()));
}

/** `npm run bench -- leak`: whether something stays of ten thousand calls; ends with 1 when it does. */
async function leaksAlone(): Promise<void> {
  const faults = await findLeaks(say);
  for (const fault of faults) say(`A leak: ${fault}.`);
  if (faults.length > 0) process.exitCode = 1;
}

export const w7 = (fanOut: FanOut): Record<string, number> => ({
  ...Object.fromEntries(
    Object.entries(fanOut).flatMap(([name, value]) => (value === undefined ? [] : [[name, rounded(Number(value))]])),
  ),
  timesCheaper: rounded(fanOut.plainCpuUsPerDelivery / fanOut.cpuUsPerDelivery),
  timesTheFloor: rounded(fanOut.cpuUsPerDelivery / fanOut.bareCpuUsPerDelivery),
});

/** What many subscribers of one execution cost, printed and not kept; 1 when one of them missed an event. */
async function fanOutAlone(size: FanOutSize): Promise<void> {
  await withServer(async (server) => {
    await bundleProduct();
    const fanOut = await measureFanOut(server, size);
    sayRounded(w7(fanOut));
    if (fanOut.gaps > 0) process.exitCode = 1;
  });
}

/** `npm run bench -- soak --minutes 3`: whether something stays of streams that come, break and go; 1 when it does. */
async function soakAlone(minutes: number): Promise<void> {
  if (!(minutes > 0)) throw new Error('--minutes is a number above 0, such as "npm run bench -- soak --minutes 3".');
  await withServer(async (server) => {
    const soakMs = minutes * MINUTE_MS;
    const databaseUrl = await server.createDatabase('soak');
    const soaked = await soak({ databaseUrl, warmUpMs: Math.min(soakMs, MINUTE_MS), soakMs, say });
    say(tableOf(soaked));
    if (soaked.faults.length > 0) process.exitCode = 1;
  });
}

const MOST_TIMES_BY_HAND = 2;
const MOST_LOOP_DELAY_MS = 20;

const memoryFaults = (times: MemoryTimes, loop: LoopDelay): readonly string[] => [
  ...(times.searchP95Ms > MOST_TIMES_BY_HAND * times.byHandP95Ms
    ? [`the p95 of a search is more than ${MOST_TIMES_BY_HAND} times that of the same SQL by hand`]
    : []),
  ...(times.recall < 1 ? ['facts that are among the nearest were not found'] : []),
  ...(loop.serverP99Ms > MOST_LOOP_DELAY_MS
    ? [`the p99 of the event loop's delay is above ${MOST_LOOP_DELAY_MS} ms`]
    : []),
];

/** `npm run bench -- memory`: search against SQL by hand, and the event loop beside embeddings; ends with 1 when a bound is passed. */
async function memoryAlone(): Promise<void> {
  const eventLoop = await measureLoopDelay();
  sayRounded({ eventLoop });
  await withServer(async (server) => {
    const times = await measureMemory(server);
    sayRounded({ search: { ...times, p95TimesByHand: times.searchP95Ms / times.byHandP95Ms } });
    for (const fault of memoryFaults(times, eventLoop)) {
      say(`Too much: ${fault}.`);
      process.exitCode = 1;
    }
  });
}

/** What traces cost where all are kept, printed and not kept. */
async function tracingAlone(): Promise<void> {
  await withServer(async (server) => {
    await bundleProduct();
    sayRounded(await measureTracing(server));
  });
}

/** What metrics cost where traces are off, printed and not kept. */
async function overheadAlone(): Promise<void> {
  await withServer(async (server) => {
    await bundleProduct();
    sayRounded(await measureOverhead(server));
  });
}

/** A slow moment of the machine passes; what is slow each time is the product. */
const SMOKE_RUNS = 3;

/** `npm run bench -- smoke`: whether W1 or W2 is much slower than in `bench/smoke.json`; ends with 1 when one is, each time. */
async function smokeAlone(): Promise<void> {
  const baseline: unknown = JSON.parse(await readFile(path.join(import.meta.dirname, 'smoke.json'), 'utf8'));
  await bundleProduct();
  for (let run = 1; ; run += 1) {
    const found = await withServer(measureSmoke);
    say(
      `W1 takes ${rounded(found.w1CommitsToFloor)} times the commits of its floor, W2 reaches ${rounded(found.w2ToL2n)} of L2n.`,
    );
    const regressions = regressionsOf(found, baseline);
    if (regressions.length === 0) return;
    for (const regression of regressions) say(regression);
    if (run === SMOKE_RUNS) {
      process.exitCode = 1;
      return;
    }
  }
}

/** The parts that can be measured alone, by their names. */
export const PARTS: Readonly<Record<string, (minutes: number) => Promise<void>>> = {
  smoke: smokeAlone,
  sandbox: sandboxAlone,
  leak: leaksAlone,
  tracing: tracingAlone,
  overhead: overheadAlone,
  memory: memoryAlone,
  'fan-out': () => fanOutAlone(THOUSAND),
  subscribers: () => fanOutAlone(TEN_THOUSAND),
  soak: soakAlone,
};
