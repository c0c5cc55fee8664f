import { setTimeout as delay } from 'node:timers/promises';
import { startApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import { DEFAULT_TENANT } from '../src/core/ids.ts';
import { encodeGlobalId } from '../src/gateway/global-id.ts';
import type { Executors } from '../src/orchestrator/executor.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import type { BareRequest } from './bare-gateway.ts';
import { chain } from './blueprints.ts';
import type { CrowdRequest, Tally } from './crowd.ts';
import { forkBench } from './forked.ts';
import { openLoad, VIEWER } from './load.ts';
import type { PlainRequest } from './plain-gateway.ts';
import { startProduct } from './product-process.ts';
import type { BenchServer } from './servers.ts';
import { median } from './statistics.ts';

const EVENTS = 'events { sequence type at }';
const query = (more: string): string =>
  `subscription ($id: ID!) { executionEvents(executionId: $id) { __typename ... on ExecutionEvents { ${EVENTS}${more} } } }`;
const SETTLE_MS = 1_000;
const PATIENCE_MS = 60_000;
/** More than what the kernel keeps for a connection of somebody who does not read, over all events. */
const SLOW_BYTES = 400_000;

export interface FanOutSize {
  readonly subscribers: number;
  readonly steps: number;
  readonly stepMs: number;
  readonly rounds: number;
  /** In rounds of their own: those who do not read at all. */
  readonly slow: number;
}
export const THOUSAND: FanOutSize = { subscribers: 1_000, steps: 30, stepMs: 150, rounds: 3, slow: 0 };
export const TEN_THOUSAND: FanOutSize = { subscribers: 10_000, steps: 12, stepMs: 1_500, rounds: 1, slow: 100 };

/** What many subscribers of one execution cost the gateway. */
export interface FanOut {
  readonly subscribers: number;
  /** To those who read, in one round. */
  readonly deliveries: number;
  /** CPU time of the gateway's process for one message to one subscriber. */
  readonly cpuUsPerDelivery: number;
  /** The same of yoga and graphql-ws without anything of ours, for the same messages. */
  readonly plainCpuUsPerDelivery: number;
  /** The same of bare connections that are written the same bytes, ready: the floor of both. */
  readonly bareCpuUsPerDelivery: number;
  /** What the process grew by for each subscriber. */
  readonly bytesPerSubscriber: number;
  readonly plainBytesPerSubscriber: number;
  /** From the instant of an event to its arrival. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly plainP99Ms: number;
  /** Events that one of the readers missed or got twice, in all rounds. */
  readonly gaps: number;
  /** Of the others, while so many do not read. */
  readonly slow: number;
  readonly p99BesideSlowMs: number | undefined;
}

function newGate(): { opened: Promise<void>; open(): void; shut(): void } {
  const gate = {
    opened: Promise.resolve(),
    open: (): void => undefined,
    shut(): void {
      gate.opened = new Promise((resolve) => (gate.open = resolve));
    },
  };
  return gate;
}

type Crowd = ReturnType<typeof forkBench<CrowdRequest, Tally>>;

/** One process that is watched by a crowd. */
interface Watched {
  cpuMs(): Promise<number>;
  rss(): Promise<number>;
}

/** Waits until everybody has so many events. */
async function settled(crowd: Crowd, events: number): Promise<Tally> {
  for (let tries = 0; tries < PATIENCE_MS; tries += SETTLE_MS) {
    const tally = await crowd.ask({ type: 'tally' });
    if (tally.fewestEvents >= events) return tally;
    await delay(SETTLE_MS);
  }
  const { fewestEvents } = await crowd.ask({ type: 'tally' });
  throw new Error(`A minute later one subscriber has ${fewestEvents} of ${events} events.`);
}

interface Round {
  readonly cpuUs: number;
  readonly bytes: number;
  readonly tally: Tally;
}

/** Opens a crowd, lets events come, and measures what the process took for them. */
async function measureRound(
  watched: Watched,
  crowd: Crowd,
  of: {
    readonly open: CrowdRequest & { type: 'open' };
    readonly events: number;
    level(): Promise<void>;
    publish(): Promise<void>;
    end?(): void;
  },
): Promise<Round> {
  const rss = await watched.rss();
  await crowd.ask(of.open);
  await of.level();
  await delay(SETTLE_MS);
  const bytes = ((await watched.rss()) - rss) / of.open.size;
  const before = await watched.cpuMs();
  await of.publish();
  const tally = await settled(crowd, of.events);
  const cpuMs = (await watched.cpuMs()) - before;
  await crowd.ask({ type: 'close' });
  of.end?.();
  await delay(SETTLE_MS);
  return { cpuUs: (cpuMs * 1_000) / tally.messages, bytes, tally };
}

/** W7: server CPU for each delivery, of the libraries alone, and of bare connections, in turn in one run. */
export async function measureFanOut(server: BenchServer, size: FanOutSize = THOUSAND): Promise<FanOut> {
  const { subscribers, steps, stepMs } = size;
  const url = await server.createDatabase('fanout');
  const [gate, end] = [newGate(), newGate()];
  const slowed = (executors: Executors): Executors => ({
    ...executors,
    transform: {
      effect: false,
      begin: async (node, context) => {
        // The first one goes through: a start is answered with the first outcomes that cost nothing.
        if (node.name !== 'step_1') await gate.opened.then(() => delay(stepMs));
        // Streams that are over are closed, which the libraries alone never do: it is left out.
        if (node.name === `step_${steps}`) await end.opened;
        return executors.transform.begin(node, context);
      },
    },
  });
  const settings = { DATABASE_URL: url, ICEOS_SANDBOX: 'best-available', ICEOS_PORT: '0', ICEOS_WARM_WORKERS: '0' };
  const config = parseConfig(settings);
  if (!config.ok) throw new Error(config.error.map(({ message }) => message).join('\n'));
  const app = await startApp({ config: config.value, logger: createLogger({ level: 'warn' }), executors: slowed });
  const key = (await app.ensureFirstApiKey())?.key ?? '';
  const load = openLoad(app);
  const blueprintId = await load.publish(chain('fanout', steps));
  const gateway = await startProduct({
    ...{ DATABASE_URL: url, ICEOS_ROLE: 'gateway' },
    // One key asks for everything here.
    ...{ ICEOS_RATE_LIMITS: 'executionEvents=10000000', ICEOS_MAX_COST_PER_MINUTE: '1000000000' },
  });
  const plain = forkBench<PlainRequest, { readonly url: string; readonly value: number }>('plain-gateway.ts');
  const bare = forkBench<BareRequest, { readonly url: string; readonly value: number }>('bare-gateway.ts');
  const crowd = forkBench<CrowdRequest, Tally>('crowd.ts');
  const [plainUrl, bareUrl] = [(await plain.first).url, (await bare.first).url];
  const [plainProcess, bareProcess] = [plain, bare].map((one) => ({
    cpuMs: async () => (await one.ask({ type: 'cpu' })).value,
    rss: async () => (await one.ask({ type: 'rss' })).value,
  }));
  if (plainProcess === undefined || bareProcess === undefined) throw new Error('Both were forked above.');
  const gatewayProcess = {
    cpuMs: () => gateway.ask({ type: 'cpu' }),
    rss: () => gateway.ask({ type: 'rss' }),
  };
  let heard: { readonly sequence: number; readonly type: string }[][] = [];
  const stop = app.live.subscribeTenant(DEFAULT_TENANT, (news) => {
    if (news !== 'look') heard.push([...(news.events ?? [])].map(({ sequence, type }) => ({ sequence, type })));
  });
  const slowQuery = query(' execution { input }');
  const open = {
    type: 'open' as const,
    key,
    query: query(''),
    slowQuery,
    size: subscribers,
    slow: 0,
    greets: true,
    committedAfterMs: 0,
  };

  /** One execution that everybody watches. */
  async function ours(slow: number): Promise<Round> {
    gate.shut();
    end.shut();
    const input = { n: 1, text: 'x'.repeat(slow > 0 ? SLOW_BYTES : 0) };
    const started = await app.useCases.executions.startExecution(VIEWER, { blueprintId, input });
    if (!started.ok) throw new Error(started.error.message);
    const id = encodeGlobalId('Execution', started.value.execution.id);
    return measureRound(gatewayProcess, crowd, {
      // Events bear the instant at which their turn began, which then waits in the executor above.
      open: { ...open, url: gateway.url ?? '', id, slow, committedAfterMs: stepMs },
      // All but the first step, which lies in the snapshot, and the last.
      events: steps - 2,
      level: () => Promise.resolve(),
      async publish() {
        heard = [];
        gate.open();
        await delay(steps * stepMs);
      },
      end: () => end.open(),
    });
  }
  const published = () => heard.filter((events) => events.length > 0).slice(0, steps - 2);
  const libraries = (): Promise<Round> =>
    measureRound(plainProcess, crowd, {
      open: { ...open, url: plainUrl, id: 'x', greets: false },
      events: published().flat().length,
      async level() {
        while ((await crowd.ask({ type: 'tally' })).level < subscribers) {
          plain.tell({ type: 'publish', message: { __typename: 'Other', events: [] } });
          await delay(SETTLE_MS);
        }
      },
      async publish() {
        for (const events of published()) {
          const at = new Date().toISOString();
          const message = { __typename: 'ExecutionEvents', events: events.map((event) => ({ ...event, at })) };
          plain.tell({ type: 'publish', message });
          await delay(stepMs);
        }
      },
    });
  const floor = (): Promise<Round> =>
    measureRound(bareProcess, crowd, {
      open: { ...open, url: bareUrl, id: 'x' },
      events: published().flat().length,
      level: () => Promise.resolve(),
      async publish() {
        for (const events of published()) {
          const at = new Date().toISOString();
          const message = { __typename: 'ExecutionEvents', events: events.map((event) => ({ ...event, at })) };
          const extensions = { cursor: 'x'.repeat(54) };
          const payload = { id: '1', type: 'next', payload: { data: { executionEvents: message }, extensions } };
          bare.tell({ type: 'publish', payload: JSON.stringify(payload) });
          await delay(stepMs);
        }
      },
    });

  try {
    const rounds: { readonly ours: Round; readonly plain: Round; readonly bare: Round }[] = [];
    // The first warms up: V8 compiles what is hot.
    for (let n = 0; n <= size.rounds; n += 1) {
      const round = { ours: await ours(0), plain: await libraries(), bare: await floor() };
      if (process.env['BENCH_VERBOSE'] !== undefined) process.stderr.write(`${JSON.stringify(round)}\n`);
      if (n > 0) rounds.push(round);
    }
    const beside = size.slow > 0 ? await ours(size.slow) : undefined;
    const of = (pick: (round: (typeof rounds)[number]) => number): number => median(rounds.map(pick));
    return {
      subscribers,
      deliveries: of((round) => round.ours.tally.messages),
      cpuUsPerDelivery: of((round) => round.ours.cpuUs),
      plainCpuUsPerDelivery: of((round) => round.plain.cpuUs),
      bareCpuUsPerDelivery: of((round) => round.bare.cpuUs),
      bytesPerSubscriber: of((round) => round.ours.bytes),
      plainBytesPerSubscriber: of((round) => round.plain.bytes),
      p50Ms: of((round) => round.ours.tally.p50Ms),
      p99Ms: of((round) => round.ours.tally.p99Ms),
      plainP99Ms: of((round) => round.plain.tally.p99Ms),
      gaps: [...rounds.map((round) => round.ours), ...(beside ? [beside] : [])].reduce((n, r) => n + r.tally.gaps, 0),
      slow: size.slow,
      p99BesideSlowMs: beside?.tally.p99Ms,
    };
  } finally {
    crowd.close();
    plain.close();
    bare.close();
    stop();
    load.close();
    await gateway.close();
    await app.close();
  }
}
