import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { slowChain } from '../support/blueprints-that-wait.ts';
import { cancel, publish, start, statusesOf } from '../support/client.ts';
import { openTestDatabase } from '../support/database.ts';
import type { ServerTestDatabase } from '../support/database.ts';
import { allSucceeded, auditJournal } from '../support/journal-audit.ts';
import { makeKey, startServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';

const isFinished = (status: string): boolean => ['SUCCEEDED', 'FAILED', 'CANCELED'].includes(status);

/** Loops, branches, retries and failures side by side: many outcomes in few appends. */
const busy = {
  name: 'busy',
  nodes: {
    each: {
      kind: 'loop',
      items: Array.from({ length: 150 }, (_, n) => n),
      concurrency: 20,
      nodes: {
        twice: { kind: 'transform', output: '${ item * 2 }' },
        odd: { kind: 'transform', when: '${ item % 2 == 1 }', output: '${ nodes.twice.output }' },
      },
      output: '${ nodes.twice.output }',
    },
    race: {
      kind: 'parallel',
      merge: 'first',
      branches: {
        a: { nodes: { x: { kind: 'transform', output: 1 } } },
        b: { nodes: { y: { kind: 'transform', output: 2 } } },
      },
    },
    flaky: {
      kind: 'code',
      source: "throw new Error('always');",
      retry: { attempts: 3, delayMs: 20 },
      onFailure: 'continue',
    },
  },
  output: '${ nodes.each.output.size() }',
};

describe('ordered: sequences without a gap, instants that never run backwards, nothing after the end', () => {
  let test: ServerTestDatabase;
  let key: string;
  beforeAll(async () => {
    test = await openTestDatabase();
    key = await makeKey(test.stores);
  });
  afterAll(async () => test.close());

  it('while owners append, clients cancel, and a process is killed and replaced', { timeout: 90_000 }, async () => {
    const first = await startServerProcess({ databaseUrl: test.url });
    const second = await startServerProcess({ databaseUrl: test.url });
    const [here, there] = [first, second].map(({ url }) => ({ url, key }));
    if (!here || !there) throw new Error('There are two servers.');
    const blueprints = [await publish(here, busy), await publish(here, slowChain('slow', 8, 60))];
    const ids = await Promise.all(
      blueprints.flatMap((id) => [here, there, here, there, here].map((address, n) => start(address, id, { n }))),
    );
    // From the process that may not be the owner: requests and appends take turns at the same row.
    await Promise.all(ids.filter((_, n) => n % 4 === 0).map((id) => cancel(there, id)));
    await first.kill();
    await until(async () => (await statusesOf(there, ids)).every(isFinished), 40_000, 'every execution has ended');
    await second.close();

    const audit = await auditJournal(test.database);
    expect(audit).toEqual(allSucceeded(ids.length));
    const { rows } = await test.database.query<{ events: number }>({
      text: 'select count(*)::int as events from execution_events',
    });
    expect(rows[0]?.events).toBeGreaterThan(1_000);
  });
});
