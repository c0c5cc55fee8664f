import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { publish, start, type Address } from '../support/client.ts';
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.ts';
import { openTestDatabase, type ServerTestDatabase } from '../support/database.ts';
import { FOLLOWERS, type SeenEvent } from '../support/followers.ts';
import { ask, makeKey, startServerProcess, type ServerProcess } from '../support/server-process.ts';

const ROUNDS = 3;
const ITEMS = 60;
const ITEM_MS = 300;
const CUT_EVERY_MS = 60;
const CUT_CHANCE = 0.1;
const FOLLOWERS_OF_A_KIND = 2;

/** Some hundred events over several seconds, in bursts. */
const looping = {
  name: 'looping',
  nodes: {
    each: {
      kind: 'loop',
      items: '${ input.items }',
      concurrency: 4,
      nodes: {
        wait: {
          kind: 'code',
          source: `await new Promise((done) => setTimeout(done, ${ITEM_MS})); return input;`,
          input: '${ item }',
        },
        note: { kind: 'transform', output: '${ nodes.wait.output }' },
      },
      output: '${ nodes.note.output }',
    },
  },
  output: '${ nodes.each.output }',
};

describe('resumable-subscriptions: whoever resumes after its last cursor gets every event once and in order', () => {
  let test: ServerTestDatabase;
  let proxy: CuttingProxy;
  let address: Address;
  let server: ServerProcess;

  const begin = (): Promise<ServerProcess> => startServerProcess({ databaseUrl: test.url });

  beforeAll(async () => {
    test = await openTestDatabase();
    const key = await makeKey(test.stores);
    server = await begin();
    proxy = await startCuttingProxy();
    proxy.point(server.url);
    address = { url: proxy.url, key };
  });
  afterAll(async () => {
    await proxy.close();
    await server.close();
    await test.close();
  });

  async function startCursorOf(id: string): Promise<string> {
    const schema = z.object({ node: z.object({ startCursor: z.string() }) });
    const query = 'query ($id: ID!) { node(id: $id) { ... on Execution { startCursor } } }';
    return (await ask(address, query, { variables: { id }, schema })).node.startCursor;
  }

  it(
    'by every client and transport, while connections break at random and the server is killed and restarted',
    { timeout: 240_000 },
    async () => {
      const blueprintId = await publish(address, looping);
      for (let round = 0; round < ROUNDS; round += 1) {
        const input = { items: Array.from({ length: ITEMS }, (_, index) => index) };
        const id = await start(address, blueprintId, input);
        const execution = { id, startCursor: await startCursorOf(id) };
        const streams = Object.entries(FOLLOWERS).flatMap(([name, follow]) =>
          Array.from({ length: FOLLOWERS_OF_A_KIND }, async () => ({ name, events: await follow(address, execution) })),
        );
        const over = new AbortController();
        const all = Promise.all(streams).finally(() => over.abort());
        const trouble = (async () => {
          for (let step = 1; !over.signal.aborted; step += 1) {
            await delay(CUT_EVERY_MS);
            proxy.cut(CUT_CHANCE);
            // Once a round everything is away for a while.
            if (step !== 25) continue;
            proxy.point(undefined);
            await (round % 2 === 0 ? server.kill() : server.close());
            server = await begin();
            proxy.point(server.url);
          }
        })();
        const read = await all;
        await trouble;

        const truth = await journalOf(id);
        expect(truth.map(({ sequence }) => sequence)).toEqual(truth.map((_, index) => index + 1));
        expect(truth.length).toBeGreaterThan(ITEMS * 3);
        for (const { name, events } of read) expect({ name, events }).toEqual({ name, events: truth });
      }
      expect(proxy.cuts).toBeGreaterThan(100);
    },
  );

  /** The journal itself, without a client in between. */
  async function journalOf(globalId: string): Promise<readonly SeenEvent[]> {
    const id = Buffer.from(globalId, 'base64url').toString().replace('Execution:', '');
    const { rows } = await test.database.query<{ sequence: number; type: number }>({
      text: 'select sequence, type from execution_events where execution_id = $1 order by sequence',
      values: [id],
    });
    return rows.map(({ sequence, type }) => ({ sequence, type: TYPES[type] ?? '' }));
  }
});

const TYPES: readonly string[] = [
  '',
  'EXECUTION_REQUESTED',
  'EXECUTION_STARTED',
  'ATTEMPT_STARTED',
  'ATTEMPT_SUCCEEDED',
  'ATTEMPT_FAILED',
  'ATTEMPT_ABANDONED',
  'ATTEMPT_CANCELED',
  'NODE_FAILED',
  'NODE_SKIPPED',
  'BODY_SUCCEEDED',
  'CANCEL_REQUESTED',
  'EXECUTION_SUCCEEDED',
  'EXECUTION_FAILED',
  'EXECUTION_CANCELED',
];
