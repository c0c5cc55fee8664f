import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { AUDIT_NOUNS } from '../../../src/core/audit.ts';
import { schema } from '../../../src/gateway/schema/index.ts';
import { auditOfTenant } from '../../support/audit.ts';
import { transforms } from '../../support/blueprint-use-cases.ts';
import { newTenantId } from '../../support/journal.ts';
import { openMemoryScene, type MemoryScene } from '../../support/memory-scene.ts';
import { episode, fact } from '../../support/memory.ts';

/** Stands in every input; it may stand in no row. */
const CANARY = 'canary-51b7';

/** What is recorded beside mutations. */
const OTHERS = ['createFirstApiKey', 'refuseRequest', 'revealSecret', 'rotateDataKey', 'rotateMasterKey'];

let scene: MemoryScene;
beforeAll(async () => {
  scene = await openMemoryScene({
    ICEOS_AUDIT_DENIALS_PER_MINUTE: '3',
    ICEOS_SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
  });
});
afterAll(() => scene.close());

const entries = () => auditOfTenant(scene.gateway.database, scene.tenant);

type Answer = Record<string, unknown>;

/** Runs a mutation, which must succeed, and answers with what it gave. */
async function run(name: string, input: Answer, selection: string, by?: string): Promise<Answer> {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const document = `mutation ($input: ${type}Input!) { ${name}(input: $input) {
    __typename ... on ${type}Success { ${selection} } ... on Error { message } } }`;
  const { data, errors } = await scene.run(document, { input }, by);
  const answer = z.record(z.string(), z.unknown()).parse(data?.[name] ?? { errors });
  if (answer['__typename'] !== `${type}Success`) throw new Error(JSON.stringify(answer));
  return answer;
}

const idOf = (answer: Answer, noun: string): string => z.object({ id: z.string() }).parse(answer[noun]).id;

async function openSocket(key: string): Promise<{ readonly streamId: string; close(): void }> {
  const socket = new WebSocket(`${scene.gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${key}` } }));
  const [message] = z
    .tuple([z.instanceof(Buffer)])
    .rest(z.unknown())
    .parse(await once(socket, 'message'));
  const { payload } = z.object({ payload: z.object({ streamId: z.string() }) }).parse(JSON.parse(message.toString()));
  return { streamId: payload.streamId, close: () => socket.close() };
}

describe('the audit log', () => {
  it('has exactly one row of each mutation that changes something, with the names of fields and no value', async () => {
    const { stores } = scene.gateway.database;
    const seen = new Map<string, readonly string[]>();
    /** Runs a mutation, and holds it to one row. */
    async function one(name: string, input: Answer, selection = '__typename', by?: string): Promise<Answer> {
      const before = await entries();
      const answer = await run(name, input, selection, by);
      const [written, ...more] = (await entries()).slice(before.length);
      expect(more, name).toEqual([]);
      expect(written, name).toMatchObject({ action: name, outcome: 'done', subject: 'test', tenant: scene.tenant });
      if (written !== undefined) seen.set(name, written.fields);
      return answer;
    }

    const source = transforms(CANARY, { a: CANARY });
    const id = idOf(await one('createBlueprint', { source }, 'blueprint { id }'), 'blueprint');
    const edits = [{ patchNode: { name: 'a', spec: { output: `${CANARY} again` } } }];
    await one('updateBlueprint', { id, expectedVersion: 1, edits });
    await one('publishBlueprint', { id, expectedVersion: 2 });
    await one('setBlueprintLayout', { id, layout: { a: CANARY } });
    const start = { blueprintId: id, input: { text: CANARY }, idempotencyKey: CANARY };
    const execution = idOf(await one('startExecution', start, 'execution { id }'), 'execution');
    await one('createStreamTicket', { executionId: execution }, 'expiresAt');
    await one('pauseExecution', { id: execution, reason: CANARY });
    await one('resumeExecution', { id: execution });
    await one('cancelExecution', { id: execution, reason: CANARY });
    await one('archiveBlueprint', { id, expectedVersion: 3 });
    await one('restoreBlueprint', { id, expectedVersion: 4 });
    await one('deleteBlueprint', { id, expectedVersion: 5 });

    const key = idOf(await one('createApiKey', { name: CANARY, scopes: ['keys'] }, 'apiKey { id }'), 'apiKey');
    const rotated = idOf(await one('rotateApiKey', { id: key }, 'apiKey { id }'), 'apiKey');
    await one('revokeApiKey', { id: rotated });
    const denial = idOf(await one('denyToken', { kind: 'SUB', value: CANARY }, 'denial { id }'), 'denial');
    await one('allowToken', { id: denial });
    const host = `${CANARY}.example.com:443`;
    const secrets = [{ name: CANARY, hosts: [host] }];
    await one('updatePolicy', { expectedVersion: 0, folders: [], hosts: [host], secrets });

    await one('setSecret', { name: 'token', value: CANARY, expectedVersion: 0 });
    await one('deleteSecret', { name: 'token', expectedVersion: 1 });

    const facts = [{ text: CANARY, subject: CANARY, metadata: { of: CANARY } }];
    const { ids } = await one('rememberFacts', { memory: 'priced', facts }, 'ids');
    await one('forgetFacts', { memory: 'priced', ids });
    await run('rememberFacts', { memory: 'priced', facts }, 'ids');
    const { episodes } = stores.memory;
    await episodes.add(episode(scene.tenant, 'support', CANARY, { subject: CANARY }));
    await episodes.add(episode(scene.tenant, CANARY, CANARY));
    await one('forgetSubject', { subject: CANARY }, 'facts episodes');
    await one('forgetSession', { session: CANARY }, 'episodes');
    const old = { tenant: scene.tenant, name: 'moving', model: 'old', dimensions: 4 };
    await stores.memory.collections.create(old);
    await stores.memory.facts.add(old, [fact(CANARY, Float32Array.of(1, 0, 0, 0))]);
    await stores.memory.reembedding.begin({ ...old, model: 'v-1' });
    await one('cancelReembedding', { memory: 'moved' }, 'canceled');
    await one('reembedCollection', { memory: 'moved' }, 'isDone');

    const token = await scene.gateway.createKey({ tenant: scene.tenant });
    const socket = await openSocket(token);
    await one('renewStream', { streamId: socket.streamId, token }, 'streamId', token);
    socket.close();
    await one('exportAuditLog', { filter: { subject: CANARY } }, 'entry { id }');

    const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
    expect([...seen.keys()].toSorted()).toEqual(mutations.toSorted());
    expect(Object.keys(AUDIT_NOUNS).toSorted()).toEqual([...mutations, ...OTHERS].toSorted());
    expect(seen.get('updateBlueprint')).toEqual(['document']);
    expect(seen.get('updatePolicy')).toEqual(['hosts', 'secrets']);
    expect(seen.get('startExecution')).toEqual(['blueprintId', 'idempotencyKey', 'input']);
    const { rows } = await scene.gateway.database.database.query({
      text: 'select 1 from audit_log a where strpos(a::text, $1) > 0',
      values: [CANARY],
    });
    expect(rows).toEqual([]);
  });

  it('has no row of what failed, or changed nothing', async () => {
    const id = idOf(
      await run('createBlueprint', { source: transforms('still', { a: 1 }) }, 'blueprint { id }'),
      'blueprint',
    );
    await run('setBlueprintLayout', { id, layout: { a: 1 } }, '__typename');
    const key = idOf(await run('createApiKey', { name: 'k', scopes: ['keys'] }, 'apiKey { id }'), 'apiKey');
    await run('revokeApiKey', { id: key }, '__typename');
    await run('denyToken', { kind: 'SUB', value: 'x' }, '__typename');
    const before = await entries();
    await expect(run('createBlueprint', { source: transforms('still', { a: 1 }) }, '__typename')).rejects.toThrow(
      'Taken',
    );
    await expect(run('publishBlueprint', { id, expectedVersion: 9 }, '__typename')).rejects.toThrow();
    await expect(run('startExecution', { blueprintId: id }, '__typename')).rejects.toThrow();
    await expect(run('createApiKey', { name: '', scopes: ['keys'] }, '__typename')).rejects.toThrow();
    await run('setBlueprintLayout', { id, layout: { a: 1 } }, '__typename');
    await run('revokeApiKey', { id: key }, '__typename');
    await run('denyToken', { kind: 'SUB', value: 'x' }, '__typename');
    await run('forgetSubject', { subject: 'nobody' }, '__typename');
    await run('forgetSession', { session: 'none' }, '__typename');
    expect(await entries()).toEqual(before);
  });

  it('shows a tenant its own, newest first, by filter and page after page', async () => {
    const tenant = newTenantId();
    const by = await scene.gateway.createKey({ tenant, name: 'ada' });
    const ids = [];
    for (const name of ['one', 'two', 'three']) {
      const made = await run('createBlueprint', { source: transforms(name, { a: 1 }) }, 'blueprint { id }', by);
      ids.push(idOf(made, 'blueprint'));
    }
    const LIST = `query ($first: Int, $after: String, $filter: AuditFilter) { auditLog(first: $first, after: $after, filter: $filter) {
      edges { node { id at subject action noun nounId outcome fields } } pageInfo { endCursor hasNextPage } } }`;
    const list = async (variables: Answer, key = by) => {
      const { data, errors } = await scene.run(LIST, variables, key);
      expect(errors).toBeUndefined();
      const Page = z.object({
        edges: z.array(z.object({ node: z.record(z.string(), z.unknown()) })),
        pageInfo: z.object({ endCursor: z.string().nullable(), hasNextPage: z.boolean() }),
      });
      const { edges, pageInfo } = Page.parse(data?.['auditLog']);
      return { nodes: edges.map(({ node }) => node), ...pageInfo };
    };
    const first = await list({ first: 2, filter: { actions: ['CREATE_BLUEPRINT'] } });
    expect(first.nodes.map(({ nounId }) => nounId)).toEqual([ids[2], ids[1]]);
    expect(first.nodes[0]).toMatchObject({
      subject: 'ada',
      noun: 'Blueprint',
      outcome: 'DONE',
      fields: ['document', 'name'],
    });
    await run('createBlueprint', { source: transforms('later', { a: 1 }) }, 'blueprint { id }', by);
    const second = await list({ first: 2, after: first.endCursor, filter: { actions: ['CREATE_BLUEPRINT'] } });
    expect(second.nodes.map(({ nounId }) => nounId)).toEqual([ids[0]]);
    expect(second.hasNextPage).toBe(false);
    expect((await list({ filter: { nounId: ids[1] } })).nodes).toHaveLength(1);
    expect((await list({ filter: { nounId: 'nonsense' } })).nodes).toEqual([]);
    expect((await list({ filter: { subject: 'eve' } })).nodes).toEqual([]);
    expect((await list({ filter: { to: '2020-01-01T00:00:00Z' } })).nodes).toEqual([]);
    const stranger = await scene.gateway.createKey({ tenant: newTenantId() });
    expect((await list({ filter: { actions: ['CREATE_BLUEPRINT'] } }, stranger)).nodes).toEqual([]);
    const NODE = 'query ($id: ID!) { node(id: $id) { id } }';
    const theirs = { id: first.nodes[0]?.['id'] };
    expect((await scene.run(NODE, theirs, by)).data).toEqual({ node: theirs });
    expect((await scene.run(NODE, theirs, stranger)).data).toEqual({ node: null });
  });

  it('has a sample of what was refused: the first so many of a minute, without the words of the client', async () => {
    const tenant = newTenantId();
    const by = await scene.gateway.createKey({ tenant, name: 'eve', scopes: ['blueprints:read'] });
    const before = (await auditOfTenant(scene.gateway.database, tenant)).length;
    for (let time = 0; time < 5; time += 1) {
      const { errors } = await scene.run(`{ ${CANARY.replace('-', '_')}: auditLog { edges { cursor } } }`, {}, by);
      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
    const written = (await auditOfTenant(scene.gateway.database, tenant)).slice(before);
    // A minute may end between them.
    expect(written.length).toBeGreaterThanOrEqual(3);
    expect(written.length).toBeLessThanOrEqual(5);
    for (const entry of written)
      expect(entry).toMatchObject({ action: 'refuseRequest', outcome: 'denied', subject: 'eve', fields: ['auditLog'] });
  });

  it('has that of plain HTTP too', async () => {
    const tenant = newTenantId();
    const by = await scene.gateway.createKey({ tenant, name: 'eve', scopes: ['executions:read'] });
    const before = (await auditOfTenant(scene.gateway.database, tenant)).length;
    const headers = { authorization: `Bearer ${by}` };
    expect((await fetch(`${scene.gateway.url}/api/v1/blueprints`, { headers })).status).toBe(403);
    expect((await auditOfTenant(scene.gateway.database, tenant)).slice(before)).toMatchObject([
      { action: 'refuseRequest', outcome: 'denied', subject: 'eve', fields: ['blueprints'] },
    ]);
  });
});

describe('the tables of the audit log', () => {
  it.each(["update audit_log set subject = 'x'", 'delete from audit_log', 'truncate audit_log'])(
    'refuse: %s',
    async (text) => {
      await expect(scene.gateway.database.database.query({ text })).rejects.toThrow('only ever added to');
    },
  );
});
