import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { TenantId } from '../../src/core/ids.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts';
import { GraphQLAnswer, postGraphQL } from '../support/gateway.ts';
import { newTenantId } from '../support/journal.ts';
import { openLiveScene, type LiveScene } from '../support/live-scene.ts';
import { makeKey } from '../support/make-key.ts';
import { countOf, fillTables, insertOf, readTables, type Table } from '../support/row-security.ts';

/** Tables that the gateway's role may not touch at all, with the reason. */
const OUT_OF_REACH: Readonly<Record<string, string>> = {
  audit_seals: 'One chain over the rows of all tenants.',
  execution_events_default: 'A part of execution_events, by which alone it is reached.',
  orchestrators: 'Processes, of no tenant.',
  rate_limits: 'Counters, of no tenant.',
  reservations: 'Only what settles calls reads them.',
};

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };

describe.each(Object.entries(databases))('On %s', (_name, open) => {
  let opened: TestDatabase;
  let tables: readonly Table[];
  const [ours, theirs] = [newTenantId(), newTenantId()];
  beforeAll(async () => {
    opened = await open();
    tables = await readTables(opened.database.query);
    await fillTables(opened.database.query, tables, [ours, theirs]);
    // The first start of an embedded database makes it, which takes seconds on a free machine.
  }, 180_000);
  afterAll(() => opened.close());

  const reached = (right: string): readonly string[] =>
    tables.filter(({ hasTenant, rights }) => hasTenant && rights.includes(right)).map(({ name }) => name);

  /** What of the other tenant the role sees or changes, table by table. */
  async function leaks(of: TenantId, other: TenantId): Promise<readonly string[]> {
    const { database } = opened;
    const found: string[] = [];
    const look = async (what: string, text: string): Promise<void> => {
      if (((await countOf(database.of(of), text)) ?? 0) > 0) found.push(`${what}: ${text}`);
    };
    for (const table of reached('SELECT')) await look('seen', `select from ${table} where tenant <> '${of}'`);
    for (const table of reached('UPDATE')) {
      await look('changed', `update ${table} set tenant = tenant where tenant <> '${of}'`);
      await look('given away', `update ${table} set tenant = '${other}' where tenant = '${of}'`);
    }
    for (const table of reached('DELETE')) await look('deleted', `delete from ${table} where tenant <> '${of}'`);
    for (const table of reached('INSERT')) await look('added', await insertOf(database.query, table, other));
    return found;
  }

  it('every table is held by row-level security, for its owner too, and has a policy', () => {
    expect(tables.length).toBeGreaterThan(20);
    expect(tables.filter(({ forced, held }) => !forced || held.length === 0)).toEqual([]);
    const open = tables.filter(({ rights, held }) => rights.length > 0 && !held.includes('iceos_gateway'));
    expect(open.map(({ name }) => name)).toEqual([]);
    const untouched = tables.filter(({ rights }) => rights.length === 0).map(({ name }) => name);
    expect(untouched).toEqual(Object.keys(OUT_OF_REACH));
    // An event has the tenant of its execution.
    const others = tables.filter(({ rights, hasTenant }) => rights.length > 0 && !hasTenant).map(({ name }) => name);
    expect(others).toEqual(['execution_events']);
  });

  it('the roles bypass nothing, do not log in, and the gateway is not the orchestrator', async () => {
    const { rows } = await opened.database.query({
      text: `select rolname, rolsuper or rolbypassrls or rolcanlogin or rolcreaterole as free,
          pg_has_role('iceos_gateway', oid, 'MEMBER') as gateway from pg_roles where rolname like 'iceos%' order by 1`,
    });
    expect(rows).toEqual([
      { rolname: 'iceos_gateway', free: false, gateway: true },
      { rolname: 'iceos_orchestrator', free: false, gateway: false },
    ]);
  });

  it("with one tenant set, nothing of another's is seen, changed or added in any table", async () => {
    for (const table of reached('SELECT'))
      expect(await countOf(opened.database.of(ours), `select from ${table}`), table).toBe(1);
    expect(reached('SELECT').length).toBeGreaterThan(15);
    expect(await leaks(ours, theirs)).toEqual([]);
    expect(await leaks(theirs, ours)).toEqual([]);
  });

  it("no event of another's execution is seen or added, and none past the view", async () => {
    const { rows } = await opened.database.query<{ id: string; tenant: string }>({
      text: `insert into execution_events (execution_id, sequence, at, event_format, type)
        select id, 1, 0, 1, 1 from executions returning execution_id as id`,
    });
    expect(rows).toHaveLength(2);
    const us = opened.database.of(ours);
    expect(await countOf(us, 'select from tenant_execution_events')).toBe(1);
    expect(await countOf(us, 'select from execution_events')).toBeUndefined();
    const add = (id: string | undefined, sequence: number): string =>
      `insert into execution_events (execution_id, sequence, at, event_format, type) values ('${id}', ${sequence}, 0, 1, 1)`;
    const added = await Promise.all(rows.map(({ id }) => countOf(us, add(id, 2))));
    expect(added.toSorted()).toEqual([1, undefined]);
  });

  it('with no tenant set, the role sees nothing', async () => {
    const seen = await opened.database.use((all) =>
      all.transaction(async (transaction) => {
        await transaction.execute('set local role iceos_gateway');
        const counts: number[] = [];
        for (const table of [...reached('SELECT'), 'tenant_execution_events'])
          counts.push((await transaction.execute(`select from ${table}`)).rowCount ?? 0);
        return counts;
      }),
    );
    expect(new Set(seen)).toEqual(new Set([0]));
  });

  it('one transaction leaves no tenant behind for the next on its connection', async () => {
    await opened.database.of(ours).query({ text: 'select 1' });
    await opened.database.of(ours).use((all) => all.transaction((transaction) => transaction.execute('select 1')));
    const failed = opened.database.of(ours).query({ text: 'select 1 / 0' });
    await expect(failed).rejects.toThrow('division by zero');
    const states = await Promise.all(
      Array.from({ length: 20 }, () =>
        opened.database.use((all) =>
          all.execute("select current_user, current_setting('iceos.tenant', true) as tenant"),
        ),
      ),
    );
    for (const { rows } of states) expect(['', null]).toContain(rows[0]?.['tenant']);
    expect(new Set(states.map(({ rows }) => rows[0]?.['current_user']))).toEqual(new Set(['iceos_orchestrator']));
  });

  it('bites: without its policy a table shows and gives away what is not the tenant’s', async () => {
    const { query } = opened.database;
    await query({ text: 'create policy a_mistake on blueprints to iceos_gateway using (true)' });
    expect((await leaks(ours, theirs)).map((leak) => leak.split(':')[0])).toEqual([
      'seen',
      'changed',
      'given away',
      'added',
    ]);
    await query({ text: 'drop policy a_mistake on blueprints' });
    await query({ text: 'alter table ledger disable row level security' });
    expect(await leaks(ours, theirs)).toEqual([`seen: select from ledger where tenant <> '${ours}'`]);
    const unforced = (await readTables(query)).filter(({ forced }) => !forced);
    expect(unforced.map(({ name }) => name)).toEqual(['ledger']);
  });
});

const CREATE = `mutation ($source: String!) { createBlueprint(input: { source: $source }) {
  ... on CreateBlueprintSuccess { blueprint { id version } } ... on Error { message } } }`;
const PUBLISH = `mutation ($id: ID!) { publishBlueprint(input: { id: $id, expectedVersion: 1 }) {
  ... on PublishBlueprintSuccess { blueprint { id } } ... on Error { message } } }`;
const START = `mutation ($input: StartExecutionInput!) { startExecution(input: $input) {
  ... on StartExecutionSuccess { created execution { id } } ... on Error { message } } }`;
const LISTS = `query ($ids: [ID!]!) {
  executions(first: 100) { edges { node { id input output revision { id name } } } }
  blueprints(first: 100) { edges { node { id name revision { source } } } }
  auditLog(first: 100) { edges { node { subject action nounId } } }
  apiKeys(first: 100) { edges { node { id name } } }
  ledger(first: 100) { edges { node { execution { id } } } }
  usageTotals(groupBy: BLUEPRINT) { blueprintId }
  viewer { subject scopes }
  nodes(ids: $ids) { __typename id }
}`;
const WATCH = `subscription ($id: ID!, $after: String) { executionEvents(executionId: $id, after: $after) {
  __typename
  ... on ExecutionSnapshot { execution { id input output } nodes { id } }
  ... on ExecutionEvents { events { sequence type } execution { id input output } nodes { id } } } }`;
const LISTED = 'subscription { executions { changed { id input } } }';

const ROUNDS = 12;

interface Client {
  readonly secret: string;
  readonly key: string;
  /** All that it was answered. */
  readonly heard: string[];
  readonly ids: string[];
}

const Created = z.object({ createBlueprint: z.object({ blueprint: z.object({ id: z.string() }) }) });
const Started = z.object({
  startExecution: z.object({ created: z.literal(true), execution: z.object({ id: z.string() }) }),
});
const Listed = z.object({ nodes: z.array(z.object({ id: z.string() }).nullable()) });

describe('Through the gateways of two processes, under the load of two tenants at once', () => {
  let scene: LiveScene;
  let urls: readonly string[];
  let clients: readonly [Client, Client];
  beforeAll(async () => {
    scene = await openLiveScene();
    urls = [scene.url, (await scene.open()).url ?? ''];
    const client = async (secret: string): Promise<Client> => ({
      ...{ secret, heard: [], ids: [] },
      key: await makeKey(scene.database.stores, newTenantId(), secret),
    });
    clients = [await client('of-the-first'), await client('of-the-other')];
  });
  afterAll(() => scene.close());

  const urlOf = (round: number): string => urls[round % urls.length] ?? '';

  async function ask(client: Client, round: number, query: string, variables: object): Promise<unknown> {
    const response = await postGraphQL(urlOf(round), { query, variables }, { authorization: `Bearer ${client.key}` });
    const text = await response.text();
    client.heard.push(text);
    const { data, errors } = GraphQLAnswer.parse(JSON.parse(text));
    expect(errors).toBeUndefined();
    return data;
  }

  async function stream(client: Client, round: number, query: string, variables: object): Promise<Response> {
    const headers = { authorization: `Bearer ${client.key}`, accept: 'text/event-stream' };
    return await postGraphQL(urlOf(round), { query, variables }, headers);
  }

  /** What a stream says until it is stopped: the list of what is going on never ends by itself. */
  function listen({ body }: Response, heard: string[]): { readonly stop: () => Promise<void> } {
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    const ended = (async () => {
      for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read())
        heard.push(next.value);
    })();
    return {
      async stop() {
        await reader?.cancel();
        await ended;
      },
    };
  }

  /** Names, keys and contents are the same for both, but for the secret. */
  async function live(client: Client, other: Client, round: number): Promise<void> {
    const document = {
      name: `plan-${round}`,
      nodes: {
        say: { kind: 'transform', output: '${ input.secret }' },
        end: { kind: 'transform', output: '${ nodes.say.output }' },
      },
      output: '${ nodes.end.output }',
    };
    const made = Created.parse(await ask(client, round, CREATE, { source: JSON.stringify(document) }));
    const { id: blueprintId } = made.createBlueprint.blueprint;
    await ask(client, round, PUBLISH, { id: blueprintId });
    const input = { blueprintId, input: { secret: client.secret }, idempotencyKey: `start-${round}` };
    const { execution } = Started.parse(await ask(client, round, START, { input })).startExecution;
    client.ids.push(blueprintId, execution.id);
    // From the process that did not start it.
    const watched = await (await stream(client, round + 1, WATCH, { id: execution.id })).text();
    client.heard.push(watched);
    expect(watched).toContain(client.secret);
    const foreign = other.ids.slice(-4);
    const listed = Listed.parse(await ask(client, round, LISTS, { ids: [execution.id, ...foreign] }));
    expect(listed.nodes.map((node) => node?.id)).toEqual([execution.id, ...foreign.map(() => undefined)]);
  }

  it('no answer and no stream has anything of the other', { timeout: 120_000 }, async () => {
    const lists = await Promise.all(clients.map((client) => stream(client, 0, LISTED, {})));
    const listening = lists.map((list, place) => listen(list, clients[place]?.heard ?? []));
    const [first, other] = clients;
    await Promise.all(
      Array.from({ length: ROUNDS }, (_, round) => [live(first, other, round), live(other, first, round)]).flat(),
    );
    for (const { stop } of listening) await stop();
    for (const [client, stranger] of [
      [first, other],
      [other, first],
    ] as const) {
      expect(client.ids).toHaveLength(2 * ROUNDS);
      const foreign = [stranger.secret, ...stranger.ids];
      const leaked = client.heard.filter((text) => foreign.some((word) => text.includes(word)));
      expect(leaked).toEqual([]);
    }
  });
});
