import { setTimeout as delay } from 'node:timers/promises';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { endless, slowChain } from '../support/blueprints-that-wait.ts';
import { cancel, publish, start, statusesOf } from '../support/client.ts';
import { openTestDatabase } from '../support/database.ts';
import type { ServerTestDatabase } from '../support/database.ts';
import { auditJournal } from '../support/journal-audit.ts';
import { ask, makeKey, startServerProcess } from '../support/server-process.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';

const LOAD_MS = 12_000;
const LANES = 10;

describe('cancelled-promptly: a cancel stops what runs and says so', () => {
  let test: ServerTestDatabase;
  let key: string;
  let server: ServerProcess;
  beforeAll(async () => {
    test = await openTestDatabase();
    key = await makeKey(test.stores);
    // Confined code starts no process: whether a whole tree goes is seen where nothing confines.
    server = await startServerProcess({ databaseUrl: test.url, environment: { ICEOS_SANDBOX: 'development' } });
  });
  afterAll(async () => {
    await server.close();
    await test.close();
  });

  it('kills the whole process tree and records the receipt', async () => {
    const address = { url: server.url, key };
    // No other process on this machine sleeps for that long: also an orphan of ours is found.
    const sleepSeconds = 300 + process.pid / 1e7;
    const isAlive = async (): Promise<boolean> => (await commands()).includes(`sleep ${sleepSeconds}`);
    const id = await start(address, await publish(address, endless('endless', sleepSeconds)), {});
    await until(isAlive, 20_000, 'it runs');
    const canceledAt = performance.now();
    expect(await cancel(address, id)).toBe('CancelExecutionSuccess');
    await until(async () => (await statusesOf(address, [id]))[0] === 'CANCELED', 5_000, 'it is canceled');
    expect(performance.now() - canceledAt).toBeLessThan(5_000);
    expect(await isAlive()).toBe(false);
    expect(await cancel(address, id)).toBe('AlreadyFinishedError');

    const schema = z.object({
      node: z.object({ events: z.object({ edges: z.array(z.object({ node: z.looseObject({ type: z.string() }) })) }) }),
    });
    const answer = await ask(
      address,
      `query ($id: ID!) { node(id: $id) { ... on Execution { events(first: 50) { edges { node { type
        ... on AttemptCanceled { path cause } ... on ExecutionCanceled { stopped { path attempt } quietMs } } } } } } }`,
      { variables: { id }, schema },
    );
    const events = answer.node.events.edges.map(({ node }) => node);
    expect(events.map(({ type }) => type)).toEqual([
      'EXECUTION_REQUESTED',
      'EXECUTION_STARTED',
      'ATTEMPT_STARTED',
      'CANCEL_REQUESTED',
      'ATTEMPT_CANCELED',
      'EXECUTION_CANCELED',
    ]);
    expect(events.at(-1)).toMatchObject({ stopped: [{ path: 'forever', attempt: 1 }] });
  });

  it(
    `records one cancel each into many running executions for ${LOAD_MS / 1_000} s without a gap or an error`,
    { timeout: 90_000 },
    async () => {
      const address = { url: server.url, key };
      const blueprintId = await publish(address, slowChain('slow', 30, 20));
      const answers: string[] = [];
      const until12s = performance.now() + LOAD_MS;
      const ids: string[] = [];
      const lane = async (): Promise<void> => {
        while (performance.now() < until12s) {
          const id = await start(address, blueprintId, { n: 1 });
          ids.push(id);
          await delay(Math.random() * 60);
          answers.push(await cancel(address, id));
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      await until(async () => (await auditJournal(test.database)).unfinished === 0, 30_000, 'everything is quiet');

      expect(new Set(answers)).toEqual(new Set(['CancelExecutionSuccess']));
      const audit = await auditJournal(test.database);
      expect(audit).toMatchObject({
        gaps: 0,
        terminalEventsTwice: 0,
        eventsAfterTheEnd: 0,
        outcomesTwice: 0,
        failed: 0,
      });
      const { rows } = await test.database.query<{ requests: number; open: number }>({
        text: `select (select count(*)::int from execution_events where type = 11) as requests,
        (select count(*)::int from execution_events s where s.type = 3 and not exists (
          select from execution_events o where o.execution_id = s.execution_id and o.path = s.path and o.attempt = s.attempt
            and o.type in (4, 5, 6, 7))) as open`,
      });
      expect(rows[0]).toEqual({ requests: ids.length + 1, open: 0 });
      expect(server.output()).not.toContain('"level":"error"');
    },
  );
});

const run = promisify(execFile);

/** Command lines of all processes of this machine. */
async function commands(): Promise<readonly string[]> {
  const { stdout } = await run('ps', ['-eo', 'args=']);
  return stdout.split('\n').map((line) => line.trim());
}
