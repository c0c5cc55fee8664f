import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { cancel, publish, start, statusesOf, type Address } from '../../support/client.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { ask, makeKey, startServerProcess, type ServerProcess } from '../../support/server-process.ts';
import { until } from '../../support/until.ts';

const slow = {
  name: 'slow',
  nodes: { first: { kind: 'code', source: 'await new Promise((done) => setTimeout(done, 50_000));' } },
};

let database: ServerTestDatabase;
let servers: ServerProcess[];
let addresses: Address[];

beforeAll(async () => {
  database = await openTestDatabase();
  const key = await makeKey(database.stores);
  const environment = { ICEOS_SANDBOX: 'development' };
  servers = [];
  for (let n = 0; n < 2; n += 1) servers.push(await startServerProcess({ databaseUrl: database.url, environment }));
  addresses = servers.map(({ url }) => ({ url, key }));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.kill()));
  await database.close();
});

const control = async (address: Address, verb: 'pause' | 'resume', id: string): Promise<unknown> => {
  const query = `mutation ($id: ID!) { ${verb}Execution(input: { id: $id }) { __typename } }`;
  return Object.values(await ask(address, query, { variables: { id }, schema: z.record(z.string(), z.unknown()) }))[0];
};

const Events = z.object({
  node: z.object({ events: z.object({ edges: z.array(z.object({ node: z.object({ type: z.string() }) })) }) }),
});
async function typesOf(address: Address, id: string): Promise<readonly string[]> {
  const query =
    'query ($id: ID!) { node(id: $id) { ... on Execution { events(first: 50) { edges { node { type } } } } } }';
  const { node } = await ask(address, query, { variables: { id }, schema: Events });
  return node.events.edges.map((edge) => edge.node.type);
}
const untilLast = (address: Address, id: string, type: string): Promise<void> =>
  until(async () => (await typesOf(address, id)).at(-1) === type, 30_000, `the last event is ${type}`);

test(
  'a paused execution whose owner is killed stays paused at the next one, and goes on there',
  { timeout: 90_000 },
  async () => {
    const [owner, other] = addresses;
    if (owner === undefined || other === undefined) throw new Error('There are no two servers.');
    const id = await start(owner, await publish(owner, slow), {});
    await untilLast(other, id, 'ATTEMPT_STARTED');
    expect(await control(other, 'pause', id)).toEqual({ __typename: 'PauseExecutionSuccess' });
    await untilLast(other, id, 'EXECUTION_PAUSED');
    await servers[0]?.kill();
    await untilLast(other, id, 'ATTEMPT_ABANDONED');
    const isAtRest = async (): Promise<boolean> => {
      const text = 'select count(*)::int as resting from executions where lease_owner is null and due_at is null';
      return (await database.database.query<{ resting: number }>({ text })).rows[0]?.resting === 1;
    };
    await until(isAtRest, 30_000, 'nobody holds it, and it is due at no time');
    expect(await statusesOf(other, [id])).toEqual(['PAUSED']);
    expect(await control(other, 'resume', id)).toEqual({ __typename: 'ResumeExecutionSuccess' });
    await untilLast(other, id, 'ATTEMPT_STARTED');
    expect(await cancel(other, id)).toBe('CancelExecutionSuccess');
    await untilLast(other, id, 'EXECUTION_CANCELED');
    expect((await typesOf(other, id)).slice(2)).toEqual([
      ...['ATTEMPT_STARTED', 'PAUSE_REQUESTED', 'EXECUTION_PAUSED', 'ATTEMPT_ABANDONED'],
      ...['RESUME_REQUESTED', 'EXECUTION_RESUMED', 'ATTEMPT_STARTED'],
      ...['CANCEL_REQUESTED', 'ATTEMPT_CANCELED', 'EXECUTION_CANCELED'],
    ]);
  },
);
