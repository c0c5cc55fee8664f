import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Client } from 'pg';
import { z } from 'zod';
import { publish, start, type Address } from '../test/support/client.ts';
import { startCuttingProxy } from '../test/support/cutting-proxy.ts';
import { FOLLOWERS, type SeenEvent } from '../test/support/followers.ts';
import { startTestIssuer } from '../test/support/issuer.ts';
import { ask, startServerProcess } from '../test/support/server-process.ts';
import { connectionsOf, INSPECTED, openLevels, TOLERANCES, type LevelReader, type Levels } from './levels.ts';
import { followRenewingEvents, followRenewingSocket, leaveAtOnce, type Renewing } from './soak-clients.ts';
import { rounded } from './statistics.ts';

export interface SoakOptions {
  /** Of an empty Postgres database. */
  readonly databaseUrl: string;
  /** What V8 compiles and caches in the first while is no leak. */
  readonly warmUpMs: number;
  readonly soakMs: number;
  readonly say: (line: string) => void;
}

export interface Soaked {
  readonly executions: number;
  /** Streams that were followed to the end of their execution. */
  readonly followed: number;
  readonly events: number;
  /** Clients that went away without a word. */
  readonly left: number;
  /** Connections that were broken under clients that resumed. */
  readonly cuts: number;
  readonly renewed: number;
  readonly before: Levels;
  readonly after: Levels;
  /** What did not come back, and who saw something else than every event once and in order. */
  readonly faults: readonly string[];
}

const EXECUTIONS_AT_ONCE = 2;
const LEAVING_AT_ONCE = 4;
const CUT_EVERY_MS = 100;
const CUT_CHANCE = 0.05;
/** Connections of the pool that nobody uses are closed after 10 s. */
const GRACE_MS = 30_000;
const SCOPE = 'blueprints:read blueprints:write executions:read executions:write';

/** Some forty events over some seconds, in bursts. */
const LOOPING = {
  name: 'soaking',
  nodes: {
    each: {
      kind: 'loop',
      items: '${ input.items }',
      concurrency: 2,
      nodes: {
        wait: {
          kind: 'code',
          source: 'await new Promise((done) => setTimeout(done, 250)); return input;',
          input: '${ item }',
        },
        note: { kind: 'transform', output: '${ nodes.wait.output }' },
      },
      output: '${ nodes.note.output }',
    },
  },
  output: '${ nodes.each.output }',
};
const ITEMS = Array.from({ length: 10 }, (_, index) => index);

/** Opens, breaks, resumes, renews and leaves streams of a real server for a while; then looks whether all is as it began. */
export async function soak({ databaseUrl, warmUpMs, soakMs, say }: SoakOptions): Promise<Soaked> {
  const issuer = await startTestIssuer();
  const database = new Client({ connectionString: databaseUrl });
  await database.connect();
  const others = new Set(await connectionsOf(database));
  const environment = {
    ...issuer.settings,
    ...INSPECTED,
    ICEOS_JWT_CLOCK_SKEW_MS: '0',
    ICEOS_WARM_WORKERS: '0',
    // One viewer asks for everything here.
    ICEOS_RATE_LIMITS: ['executionEvents', 'executions', 'renewStream'].map((field) => `${field}=1000000`).join(','),
    ICEOS_MAX_COST_PER_MINUTE: '1000000000',
    ...{ ICEOS_MAX_SOCKETS_PER_VIEWER: '1000', ICEOS_MAX_EVENT_STREAMS_PER_VIEWER: '1000' },
  };
  const server = await startServerProcess({ databaseUrl, environment });
  const proxy = await startCuttingProxy();
  proxy.point(server.url);
  const levels = await openLevels(server, database, others);
  const counts = { executions: 0, followed: 0, events: 0, left: 0, renewed: 0 };
  const faults: string[] = [];
  // A moment old, as the server's clock follows that of its database by some milliseconds.
  const token = (seconds: number): Promise<string> => {
    const now = Date.now() / 1_000;
    return issuer.token({ scope: SCOPE, iat: Math.floor(now) - 1, exp: Math.ceil(now) + seconds });
  };
  const renewing: Renewing = {
    url: proxy.url,
    direct: server.url,
    newToken: () => token(2),
    onRenewed: () => (counts.renewed += 1),
  };
  const fresh = async (url: string): Promise<Address> => ({ url, key: await token(300) });
  const blueprintId = await publish(await fresh(server.url), LOOPING);

  async function followOne(): Promise<void> {
    const direct = await fresh(server.url);
    const id = await start(direct, blueprintId, { items: ITEMS });
    const query = 'query ($id: ID!) { node(id: $id) { ... on Execution { startCursor } } }';
    const schema = z.object({ node: z.object({ startCursor: z.string() }) });
    const { startCursor } = (await ask(direct, query, { variables: { id }, schema })).node;
    const execution = { id, startCursor };
    const broken = await fresh(proxy.url);
    const streams = {
      ...Object.fromEntries(Object.entries(FOLLOWERS).map(([name, follow]) => [name, follow(broken, execution)])),
      'a renewed socket': followRenewingSocket(renewing, execution),
      'a renewed event stream': followRenewingEvents(renewing, execution),
    };
    counts.executions += 1;
    const ends = await Promise.allSettled(Object.values(streams));
    for (const [at, name] of Object.keys(streams).entries()) {
      const end = ends[at];
      counts.followed += 1;
      counts.events += end?.status === 'fulfilled' ? end.value.length : 0;
      const fault =
        end?.status === 'fulfilled' ? faultOf(end.value) : `its own end: ${inspect(end?.reason, { depth: 0 })}`;
      if (fault !== undefined) faults.push(`${name} saw of execution ${id} ${fault}`);
    }
  }

  async function disturb(forMs: number): Promise<void> {
    const until = performance.now() + forMs;
    const lane = async (work: () => Promise<unknown>): Promise<void> => {
      while (performance.now() < until) await work();
    };
    const leaving = async (): Promise<void> => {
      await leaveAtOnce(await fresh(server.url));
      counts.left += 1;
    };
    const over = new AbortController();
    const lanes = [
      ...Array.from({ length: EXECUTIONS_AT_ONCE }, () => lane(followOne)),
      ...Array.from({ length: LEAVING_AT_ONCE }, () => lane(leaving)),
      lane(async () => {
        await delay(Math.min(60_000, Math.max(0, until - performance.now())));
        say(JSON.stringify({ ...counts, cuts: proxy.cuts }));
      }),
    ];
    const cutting = (async () => {
      while (!over.signal.aborted) {
        proxy.cut(CUT_CHANCE);
        await delay(CUT_EVERY_MS);
      }
    })();
    await Promise.all(lanes).finally(() => over.abort());
    await cutting;
  }

  try {
    await disturb(warmUpMs);
    await delay(1_000);
    const before = await settled(levels);
    await disturb(soakMs);
    const after = await settled(levels, before);
    faults.push(...faultsOf(before, after));
    return { ...counts, cuts: proxy.cuts, before, after, faults };
  } finally {
    await levels.close();
    await proxy.close();
    await server.close();
    await issuer.close();
  }
}

/** Undefined: every event once and in order, to the last. */
function faultOf(seen: readonly SeenEvent[]): string | undefined {
  const at = seen.findIndex(({ sequence }, index) => sequence !== index + 1);
  if (at >= 0) return `event ${seen[at]?.sequence} as number ${at + 1}`;
  const last = seen.at(-1)?.type;
  return last === 'EXECUTION_SUCCEEDED' ? undefined : `${last ?? 'nothing'} as the last event`;
}

const NAMES = Object.keys(TOLERANCES) as (keyof Levels)[]; // of an object that has no others
const isBack = (name: keyof Levels, before: Levels, now: Levels): boolean =>
  now[name] <= before[name] + TOLERANCES[name];

/** The lowest that each level comes to in the time that it has; without `before` that of some looks, one after another. */
async function settled(levels: LevelReader, before?: Levels): Promise<Levels> {
  let lowest = await levels.read();
  const giveUpAt = performance.now() + GRACE_MS;
  const isDone = (looks: number): boolean =>
    before === undefined ? looks === 5 : NAMES.every((name) => isBack(name, before, lowest));
  for (let looks = 1; !isDone(looks) && performance.now() < giveUpAt; looks += 1) {
    await delay(500);
    const now = await levels.read();
    const low = (name: keyof Levels): number => Math.min(lowest[name], now[name]);
    lowest = Object.fromEntries(NAMES.map((name) => [name, low(name)])) as Levels; // all of the names
  }
  return lowest;
}

const faultsOf = (before: Levels, after: Levels): readonly string[] =>
  NAMES.filter((name) => !isBack(name, before, after)).map(
    (name) => `${name}: ${rounded(before[name])} at the start, ${rounded(after[name])} at the end`,
  );

/** The levels as a table, and what was done between them. */
export function tableOf({ before, after, faults, ...counts }: Soaked): string {
  const row = (...cells: readonly (string | number)[]): string =>
    cells.map((cell, at) => (at === 0 ? String(cell).padEnd(28) : String(cell).padStart(10))).join('');
  return [
    row('', 'before', 'after', 'may grow'),
    ...NAMES.map((name) => row(name, rounded(before[name]), rounded(after[name]), TOLERANCES[name])),
    ...Object.entries(counts).map(([name, count]) => row(name, count)),
    ...(faults.length === 0
      ? ['Nothing stays, and no event is missing.']
      : faults.map((fault) => `A fault: ${fault}.`)),
  ].join('\n');
}
