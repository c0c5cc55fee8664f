import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel, percentile } from '../../bench/statistics.ts';
import { publish, start, statusesOf, type Address } from '../support/client.ts';
import { openTestDatabase, type ServerTestDatabase } from '../support/database.ts';
import { lookAtServer, pollLatency } from '../support/security-server.ts';
import { makeKey, startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';

/** A number of runs that fits into a minute on two processors. */
const BOMBS = 160;
const HONEST = 48;
const QUIET_MS = 3_000;
const POLL_EVERY_MS = 10;
/** Between four and eight milliseconds are what an idle server shows on two shared processors: the scheduler is measured, not it. */
const FLOOR_MS = 8;
/** How many times as long as when it is quiet an answer may take. */
const FACTOR = 5;
const STRESS_MS = 270_000;
const STARTS_AT_ONCE = 8;
/** Of clients and the database, which may come and go. */
const MOST_CONNECTIONS = 24;

const forever = 'await new Promise(() => {});';
const SOURCES: readonly string[] = [
  `const cp = process.getBuiltinModule('node:child_process'); for (;;) { try { cp.spawn('/bin/true').on('error', () => {}); } catch {} await null; }`,
  `const { Worker } = process.getBuiltinModule('node:worker_threads'); for (;;) { new Worker('for (;;);', { eval: true }).on('error', () => {}); await new Promise((done) => setTimeout(done, 5)); }`,
  `const all = []; for (;;) all.push(new Array(100_000).fill(0.5));`,
  `const all = []; for (let i = 0; i < 200; i += 1) all.push(Buffer.alloc(2 ** 20, 1)); ${forever}`,
  `for (;;);`,
  `for (;;) await null;`,
  `const fs = process.getBuiltinModule('node:fs'); for (;;) { try { fs.writeSync(1, 'x'.repeat(65_536)); } catch {} }`,
  `for (;;) console.log('x'.repeat(1_000));`,
  `process.abort();`,
  `process.exit(3);`,
  `process.getBuiltinModule('node:fs').writeSync(3, 'garbage'); ${forever}`,
  `throw new Error('x'.repeat(1e5));`,
  `process.setuid(0);`,
  `return 'x'.repeat(3e7);`,
  `let a = []; for (let i = 0; i < 1e5; i += 1) a = [a]; return a;`,
  `const fs = process.getBuiltinModule('node:fs'); for (let i = 0; ; i += 1) fs.writeFileSync('/scratch/' + i, Buffer.alloc(2 ** 20));`,
];

const codeBlueprint = (name: string, source: string): object => ({
  name,
  input: { type: 'object' },
  nodes: {
    run: { kind: 'code', source, input: { object: {} }, limits: { timeoutMs: 200, memoryBytes: 64 * 2 ** 20 } },
  },
});
const honest = {
  name: 'honest',
  input: { type: 'object' },
  nodes: { run: { kind: 'code', source: 'return { sum: [1, 2, 3].reduce((a, b) => a + b) };', input: { object: {} } } },
};

describe.runIf(process.platform === 'linux')('a server under attack', () => {
  let database: ServerTestDatabase;
  let server: ServerProcess;
  let address: Address;
  beforeAll(async () => {
    database = await openTestDatabase();
    const key = await makeKey(database.stores);
    // Idle workers would be counted as what is left.
    server = await startServerProcess({ databaseUrl: database.url, environment: { ICEOS_WARM_WORKERS: '0' } });
    address = { url: server.url, key };
  });
  afterAll(async () => {
    await server.close();
    await database.close();
  });

  /** Looks twice a second: to ask more often would be a load of its own. */
  async function untilEnded(ids: readonly string[]): Promise<readonly string[]> {
    for (;;) {
      const statuses: string[] = [];
      for (let at = 0; at < ids.length; at += 50) statuses.push(...(await statusesOf(address, ids.slice(at, at + 50))));
      if (statuses.every((status) => /SUCCEEDED|FAILED|CANCELED/.test(status))) return statuses;
      await delay(500);
    }
  }
  async function p99During(work: () => Promise<unknown>): Promise<number> {
    const poll = pollLatency(`${server.url}/healthz`, POLL_EVERY_MS);
    await work();
    return percentile(await poll.stop(), 99);
  }
  async function startMany(blueprintIds: readonly string[], count: number): Promise<readonly string[]> {
    const ids: string[] = [];
    await inParallel(count, STARTS_AT_ONCE, async (index) => {
      ids.push(await start(address, blueprintIds[index % blueprintIds.length] ?? '', {}));
    });
    return ids;
  }

  it(
    'carries honest executions to their end, answers as usual, and is afterwards as it was before',
    async () => {
      const bombs = await Promise.all(
        SOURCES.map((source, index) => publish(address, codeBlueprint(`bomb-${index}`, source))),
      );
      const good = await publish(address, honest);
      // What is opened once, at the first use, is no leak.
      const first = await startMany([good, ...bombs.slice(8, 12)], 16);
      await untilEnded(first);
      const quietP99 = await p99During(() => delay(QUIET_MS));
      const before = await lookAtServer(server.pid);

      let statuses: readonly string[] = [];
      const stressedP99 = await p99During(async () => {
        const [attacking, working] = await Promise.all([startMany(bombs, BOMBS), startMany([good], HONEST)]);
        await untilEnded(attacking);
        statuses = await untilEnded(working);
      });

      expect(statuses).toEqual(Array.from({ length: HONEST }, () => 'SUCCEEDED'));
      expect(stressedP99, `p99 was ${quietP99} ms without work and attack`).toBeLessThanOrEqual(
        FACTOR * Math.max(FLOOR_MS, quietP99),
      );
      // But the forker.
      await until(async () => (await lookAtServer(server.pid)).descendants.length === 1, 5_000, 'no process is left');
      const after = await lookAtServer(server.pid);
      expect({ ...after, descriptors: [] }).toEqual({ ...before, descriptors: [] });
      // Connections to the database and to this test may come and go: what is more has to be one of them.
      const kinds = (list: readonly string[]): readonly string[] => list.filter((name) => name !== 'socket:');
      expect(kinds(after.descriptors)).toEqual(kinds(before.descriptors));
      expect(after.descriptors.length).toBeLessThanOrEqual(before.descriptors.length + MOST_CONNECTIONS);
    },
    STRESS_MS + 30_000,
  );
});
