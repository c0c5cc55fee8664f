import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { slowChain } from '../support/blueprints-that-wait.ts';
import { MAX_CRASHES } from '../../src/execution/limits.ts';
import type { Database } from '../../src/store/database.ts';
import { publish, start, statusesOf } from '../support/client.ts';
import { newEmbeddedFolder, openEmbeddedTestDatabase, openTestDatabase } from '../support/database.ts';
import type { ServerTestDatabase } from '../support/database.ts';
import { allSucceeded, auditJournal } from '../support/journal-audit.ts';
import { makeKey, startServerProcess } from '../support/server-process.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';
import { rm } from 'node:fs/promises';

const KILLS = 50;
const AT_ONCE = 6;
const finished = (status: string): boolean => status === 'SUCCEEDED' || status === 'FAILED' || status === 'CANCELED';

/**
 * How often in a row the process of an unfinished execution died before it recorded an outcome. One that crashes its
 * process so MAX_CRASHES times is given up on, as it may be the cause; on a slow machine fifty kills alone would look so.
 */
async function mostCrashes(database: Pick<Database, 'query'>): Promise<number> {
  const { rows } = await database.query<{ crashes: number }>({
    text: `select count(*)::int as crashes from execution_events v join executions e on e.id = v.execution_id
      where e.status < 4 and v.type = 6 and v.sequence > coalesce(
        (select max(o.sequence) from execution_events o where o.execution_id = e.id and o.type = 4), 0)
      group by e.id order by 1 desc limit 1`,
  });
  return rows[0]?.crashes ?? 0;
}

describe('durable: what was acknowledged is there after any crash, and goes on', () => {
  let test: ServerTestDatabase;
  let key: string;
  beforeAll(async () => {
    test = await openTestDatabase();
    key = await makeKey(test.stores);
  });
  afterAll(async () => test.close());

  it(
    `loses nothing and fails nothing while ${KILLS} random kill -9 hit two processes on one Postgres`,
    { timeout: 480_000 },
    async () => {
      const begin = (): Promise<ServerProcess> => startServerProcess({ databaseUrl: test.url });
      const servers = [await begin(), await begin()] as const;
      const living = [...servers];
      const blueprintId = await publish({ url: servers[0].url, key }, slowChain('slow', 6, 40));
      const acknowledged: string[] = [];
      let killing = true;

      /** Keeps some executions running; what a killed server had not acknowledged was never promised. */
      const load = async (lane: number): Promise<void> => {
        for (let n = 0; killing; n += 1) {
          const server = living[(lane + n) % living.length];
          if (!server) continue;
          const id = await start({ url: server.url, key }, blueprintId, { n }, `lane-${lane}-${n}`).catch(
            () => undefined,
          );
          if (id === undefined) {
            await delay(50);
            continue;
          }
          acknowledged.push(id);
          const isOver = async (): Promise<boolean> => {
            const [status] = await statusesOf({ url: living[n % living.length]?.url ?? '', key }, [id]).catch(() => [
              'RUNNING',
            ]);
            return !killing || finished(status ?? '');
          };
          await until(isOver, 60_000, `execution ${id} ends`);
        }
      };
      const lanes = Array.from({ length: AT_ONCE }, (_, lane) => load(lane));

      for (let kill = 0; kill < KILLS; kill += 1) {
        const victim = kill % 2;
        await delay(100 + Math.random() * 500);
        await until(async () => (await mostCrashes(test.database)) < MAX_CRASHES - 1, 60_000, 'executions get on');
        await living[victim]?.kill();
        living[victim] = await begin();
      }
      killing = false;
      await Promise.all(lanes);
      await until(async () => (await auditJournal(test.database)).unfinished === 0, 60_000, 'everything is finished');
      await Promise.all(living.map((server) => server.close()));

      const audit = await auditJournal(test.database);
      expect(audit).toEqual(allSucceeded(audit.executions));
      expect(audit.executions).toBeGreaterThanOrEqual(new Set(acknowledged).size);
      expect(acknowledged.length).toBeGreaterThan(AT_ONCE);
    },
  );

  it('goes on at once after kill -9 and a restart on the embedded database', { timeout: 120_000 }, async () => {
    const dataDir = await newEmbeddedFolder();
    try {
      const prepared = await openEmbeddedTestDatabase({ dataDir });
      const embeddedKey = await makeKey(prepared.stores);
      await prepared.close();

      const first = await startServerProcess({ dataDir });
      const blueprintId = await publish({ url: first.url, key: embeddedKey }, slowChain('slow', 9, 100));
      const ids = await Promise.all(
        [1, 2, 3, 4].map((n) => start({ url: first.url, key: embeddedKey }, blueprintId, { n })),
      );
      await delay(150);
      await first.kill();

      const second = await startServerProcess({ dataDir });
      const address = { url: second.url, key: embeddedKey };
      await until(async () => (await statusesOf(address, ids)).every(finished), 30_000, 'all four end');
      expect(await statusesOf(address, ids)).toEqual(ids.map(() => 'SUCCEEDED'));
      await second.close();

      const after = await openEmbeddedTestDatabase({ dataDir });
      expect(await auditJournal(after.database)).toEqual(allSucceeded(ids.length));
      await after.close();
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
