import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publish, start, statusesOf } from '../support/client.ts';
import { openTestDatabase } from '../support/database.ts';
import type { ServerTestDatabase } from '../support/database.ts';
import { allSucceeded, auditJournal } from '../support/journal-audit.ts';
import { makeKey, startServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';

const LEASE = { ICEOS_LEASE_MS: '2000', ICEOS_HEARTBEAT_MS: '300', ICEOS_KILL_GRACE_MS: '300' };
const AT_ONCE = 6;

/** Every attempt answers something else; what reads it must all have seen the one that is recorded. */
const roll = (n: number): object => ({
  kind: 'code',
  source: 'await new Promise((done) => setTimeout(done, 150)); return Math.random();',
  ...(n === 0 ? {} : { after: [`roll_${n - 1}`] }),
});
const dice = {
  name: 'dice',
  nodes: {
    ...Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`roll_${n}`, roll(n)])),
    ...Object.fromEntries(
      Array.from({ length: 5 }, (_, n) => [`seen_${n}`, { kind: 'transform', output: `\${ nodes.roll_${n}.output }` }]),
    ),
    late: { kind: 'transform', after: ['roll_4'], output: '${ nodes.roll_0.output }' },
  },
};

describe('once-recorded-outcomes: one outcome of a node is recorded, and everybody sees that one', () => {
  let test: ServerTestDatabase;
  let key: string;
  beforeAll(async () => {
    test = await openTestDatabase();
    key = await makeKey(test.stores);
  });
  afterAll(async () => test.close());

  it('however often attempts were made, by processes that were killed or stopped', { timeout: 90_000 }, async () => {
    const begin = () => startServerProcess({ databaseUrl: test.url, environment: LEASE });
    const stopped = await begin();
    const killed = await begin();
    const addresses = [stopped, killed].map(({ url }) => ({ url, key }));
    const [address] = addresses;
    if (!address) throw new Error('There are two servers.');
    const blueprint = await publish(address, dice);
    const starts = addresses.flatMap((each) => Array.from({ length: AT_ONCE }, () => start(each, blueprint, {})));
    const ids = await Promise.all(starts);
    await delay(200);
    // One is gone for good. The other wakes when its executions belong to somebody else, with outcomes in its hands.
    await killed.kill();
    stopped.signal('SIGSTOP');
    const last = await begin();
    const there = { url: last.url, key };
    const taken = async (): Promise<boolean> => {
      const { rows } = await test.database.query<{ left: number }>({
        text: 'select count(*)::int as left from executions where lease_token < 2 and status < 4',
      });
      return rows[0]?.left === 0;
    };
    await until(taken, 20_000, 'the third process has all executions');
    stopped.signal('SIGCONT');
    const areDone = async (): Promise<boolean> =>
      (await statusesOf(there, ids)).every((status) => status === 'SUCCEEDED');
    await until(areDone, 40_000, 'all executions have succeeded');
    await Promise.all([stopped.close(), last.close()]);

    expect(await auditJournal(test.database)).toEqual(allSucceeded(ids.length));
    const { rows } = await test.database.query<{ again: number; differing: number; seen: number }>({
      text: `with outcomes as (select execution_id, path, attempt, payload::json #>> '{output,inline}' as value
            from execution_events where type = 4),
          pairs as (select rolled.value as rolled, seen.value as seen from outcomes rolled join outcomes seen
            on seen.execution_id = rolled.execution_id
              and (seen.path = replace(rolled.path, 'roll_', 'seen_') or (seen.path = 'late' and rolled.path = 'roll_0'))
            where rolled.path like 'roll%')
        select (select count(*)::int from outcomes where attempt > 1) as again,
          (select count(*)::int from pairs where rolled <> seen) as differing,
          (select count(*)::int from pairs where seen is not null) as seen`,
    });
    expect(rows[0]?.again).toBeGreaterThan(0);
    expect(rows[0]).toMatchObject({ differing: 0, seen: 6 * ids.length });
  });
});
