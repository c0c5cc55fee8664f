import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publish, start, statusesOf } from '../support/client.ts';
import { slowChain } from '../support/blueprints-that-wait.ts';
import { openTestDatabase } from '../support/database.ts';
import type { ServerTestDatabase } from '../support/database.ts';
import { allSucceeded, auditJournal } from '../support/journal-audit.ts';
import { makeKey, startServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';

const LEASE = { ICEOS_LEASE_MS: '2500', ICEOS_HEARTBEAT_MS: '500', ICEOS_KILL_GRACE_MS: '500' };

describe('fenced: only the holder of the lease writes', () => {
  let test: ServerTestDatabase;
  let key: string;
  beforeAll(async () => {
    test = await openTestDatabase();
    key = await makeKey(test.stores);
  });
  afterAll(async () => test.close());

  it('a process that was stopped past its lease writes nothing more when it wakes', { timeout: 90_000 }, async () => {
    const first = await startServerProcess({ databaseUrl: test.url, environment: LEASE });
    const blueprintId = await publish({ url: first.url, key }, slowChain('slow', 12, 400));
    const ids = await Promise.all([1, 2, 3].map((n) => start({ url: first.url, key }, blueprintId, { n })));
    await delay(700);
    first.signal('SIGSTOP');
    const second = await startServerProcess({ databaseUrl: test.url, environment: LEASE });
    const address = { url: second.url, key };
    await until(
      async () => (await tokensOf(test)).every((token) => token >= 2),
      30_000,
      'the second process has taken over',
    );
    first.signal('SIGCONT');
    const done = async (): Promise<boolean> =>
      (await statusesOf(address, ids)).every((status) => status === 'SUCCEEDED');
    await until(done, 30_000, 'all executions succeed');

    const { rows } = await test.database.query<{ late: number }>({
      text: `select count(*)::int as late from execution_events old
        where exists (select from execution_events newer where newer.execution_id = old.execution_id
          and newer.sequence < old.sequence and newer.lease_token > old.lease_token and old.lease_token > 0)`,
    });
    expect(rows[0]?.late).toBe(0);
    expect(await auditJournal(test.database)).toEqual(allSucceeded(ids.length));
    await Promise.all([first.close(), second.close()]);
  });
});

async function tokensOf({ database }: ServerTestDatabase): Promise<readonly number[]> {
  const { rows } = await database.query<{ token: number }>({
    text: 'select lease_token::int as token from executions',
  });
  return rows.map(({ token }) => token);
}
