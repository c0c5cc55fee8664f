import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { findInstallation } from '../src/app/installation.ts';
import { makeBootstrapKey } from '../src/app/bootstrap-key.ts';
import { parseConfig } from '../src/config.ts';
import { publish, start, type Address } from '../test/support/client.ts';
import { ask, startServerProcess } from '../test/support/server-process.ts';
import { chain } from './blueprints.ts';
import { forkBench } from './forked.ts';

export interface LoopDelay {
  /** Between two ticks of a timer of 10 ms, which is the least. */
  readonly serverP99Ms: number;
  /** The same in a process beside it that does nothing. */
  readonly idleP99Ms: number;
  readonly sentences: number;
  readonly searches: number;
  readonly executions: number;
}

const WARM_UP_MS = 6_000;
const MEASURED_MS = 20_000;
const SENTENCES = 16;
const INDEXERS = 2;
const SEARCHERS = 2;
const EXECUTION_EVERY_MS = 50;

const CONFIG = `export default {
  providers: { here: { protocol: 'local' } },
  models: { meaning: { kind: 'embedding', provider: 'here', model: 'use-lite-en', dimensions: 512 } },
  memories: { docs: { kind: 'semantic', guarantees: ['durable', 'vectorised'], model: 'meaning' } },
};
`;
const REMEMBER = `mutation ($facts: [FactInput!]!) {
  rememberFacts(input: { memory: "docs", facts: $facts }) { ... on Error { message } ... on RememberFactsSuccess { ids } } }`;
const SEARCH = 'query ($about: String!) { facts(memory: "docs", about: $about) { score } }';

const Remembered = z.object({ rememberFacts: z.object({ ids: z.array(z.string()) }) });
const Found = z.object({ facts: z.array(z.unknown()) });

const WORDS = 'the invoice tea of Ada a server waits for green answer in May because nobody reads long letters'.split(
  ' ',
);
const sentence = (seed: number): string =>
  Array.from({ length: 12 }, (_, at) => WORDS[(seed * 7 + at * (seed % 5)) % WORDS.length]).join(' ');

/** One server with everything in it and the local model, while clients index, search and start executions. */
export async function measureLoopDelay(): Promise<LoopDelay> {
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-bench-loop-'));
  const dataDir = path.join(folder, 'data');
  const configFile = path.join(folder, 'iceos.config.mjs');
  await writeFile(configFile, CONFIG);
  const config = parseConfig({ ICEOS_DATA_DIR: dataDir });
  if (!config.ok) throw new Error(config.error.map(({ message }) => message).join('\n'));
  const key = (await makeBootstrapKey(config.value, findInstallation()))?.key ?? '';
  const server = await startServerProcess({
    dataDir,
    environment: {
      ...{ ICEOS_CONFIG: configFile, ICEOS_MAX_COST_PER_MINUTE: '1000000000' },
      ICEOS_RATE_LIMITS: 'rememberFacts=1000000,facts=1000000,startExecution=1000000',
    },
  });
  const idle = forkBench<object, number>('idle-loop.ts');
  try {
    await idle.first;
    return await underLoad({ url: server.url, key }, () => idle.ask({}));
  } finally {
    idle.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function underLoad(at: Address, idleP99Ms: () => Promise<number>): Promise<LoopDelay> {
  const blueprintId = await publish(at, chain('loop', 10));
  const done = { sentences: 0, searches: 0, executions: 0 };
  let seed = 0;
  let isOver = false;
  const repeat = async (work: () => Promise<void>): Promise<void> => {
    while (!isOver) await work();
  };
  const index = async (): Promise<void> => {
    const facts = Array.from({ length: SENTENCES }, () => ({ text: sentence((seed += 1)) }));
    await ask(at, REMEMBER, { variables: { facts }, schema: Remembered });
    done.sentences += SENTENCES;
  };
  const search = async (): Promise<void> => {
    await ask(at, SEARCH, { variables: { about: sentence((seed += 1)) }, schema: Found });
    done.searches += 1;
  };
  const execute = async (): Promise<void> => {
    await start(at, blueprintId, { n: done.executions });
    done.executions += 1;
    await delay(EXECUTION_EVERY_MS);
  };
  const clients = [
    ...Array.from({ length: INDEXERS }, () => repeat(index)),
    ...Array.from({ length: SEARCHERS }, () => repeat(search)),
    repeat(execute),
  ];
  const measured = (async (): Promise<LoopDelay> => {
    await delay(WARM_UP_MS);
    await Promise.all([serverP99Ms(at.url), idleP99Ms()]);
    const before = { ...done };
    await delay(MEASURED_MS);
    const [server, nothing] = await Promise.all([serverP99Ms(at.url), idleP99Ms()]);
    isOver = true;
    return {
      serverP99Ms: server,
      idleP99Ms: nothing,
      sentences: done.sentences - before.sentences,
      searches: done.searches - before.searches,
      executions: done.executions - before.executions,
    };
  })();
  await Promise.all([measured, ...clients]);
  return await measured;
}

/** Since it was read last. */
async function serverP99Ms(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const seconds = /^iceos_event_loop_delay_seconds\{percentile="99"\} (\S+)$/m.exec(text)?.[1];
  if (seconds === undefined) throw new Error('/metrics says nothing of the event loop.');
  return Number(seconds) * 1_000;
}
