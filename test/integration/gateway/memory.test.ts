import { v4 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantId } from '../../../src/core/ids.ts';
import type { GraphQLAnswer, TestGateway } from '../../support/gateway.ts';
import { newTenantId } from '../../support/journal.ts';
import { episode } from '../../support/memory.ts';
import { embeds, FIND, openMemoryScene, type MemoryScene } from '../../support/memory-scene.ts';

describe('memory for clients', () => {
  let scene: MemoryScene;
  let gateway: TestGateway;
  let theirs: TenantId;
  let otherKey: string;
  beforeAll(async () => {
    scene = await openMemoryScene();
    ({ gateway } = scene);
    theirs = newTenantId();
    otherKey = await gateway.createKey({ tenant: theirs });
  }, 60_000);
  afterAll(() => scene.close());

  const { run, remember, behave } = {
    run: (...args: Parameters<MemoryScene['run']>) => scene.run(...args),
    remember: (...args: Parameters<MemoryScene['remember']>) => scene.remember(...args),
    behave: (...args: Parameters<MemoryScene['behave']>) => scene.behave(...args),
  };
  const ledgerOf = async (tenant: TenantId): Promise<readonly unknown[]> => {
    const { rows } = await gateway.database.database.query({
      text: `select path, call, kind, model, input_tokens::int4 as input, cost_usd_micros::int4 as cost, usage_source as source, blueprint_id
        from ledger where tenant = $1 order by at, execution_id, call`,
      values: [tenant],
    });
    return rows;
  };

  it('remembers facts, finds them by meaning, and narrows what is found', async () => {
    const remembered = await remember('docs', [
      { text: 'The invoice was paid late.', subject: 'ada', metadata: { file: 'a.md', line: 3 } },
      { text: 'Cats sleep for most of the day.', metadata: { file: 'b.md' } },
      { text: 'The bill for the server is due on Friday.', lifetimeMs: 3_600_000 },
    ]);
    expect(remembered).toMatchObject({ __typename: 'RememberFactsSuccess', evicted: 0 });
    expect(remembered.ids).toHaveLength(3);
    const found = await run(FIND, { memory: 'docs', about: 'When do I have to pay money?', first: 2 });
    const texts = (answer: GraphQLAnswer) =>
      (answer.data?.['facts'] as readonly { fact: { text: string }; score: number }[]).map(({ fact }) => fact.text);
    expect(texts(found).toSorted()).toEqual([
      'The bill for the server is due on Friday.',
      'The invoice was paid late.',
    ]);
    const narrowed = await run(FIND, { memory: 'docs', about: 'cats', metadata: { file: 'a.md' } });
    expect(narrowed.data).toMatchObject({
      facts: [{ score: expect.any(Number) as number, fact: { subject: 'ada', metadata: { file: 'a.md', line: 3 } } }],
    });
    expect(texts(await run(FIND, { memory: 'docs', about: 'cats', subject: 'nobody' }))).toEqual([]);
    const { data } = await run('{ memoryCollections { name model dimensions factCount reembedding { done } } }');
    expect(data?.['memoryCollections']).toContainEqual({
      ...{ name: 'docs', model: 'use-lite-en', dimensions: 512, factCount: 3, reembedding: null },
    });
  }, 60_000);

  it('charges what is embedded to the tenant, in rows without an execution', async () => {
    const tenant = newTenantId();
    const by = await gateway.createKey({ tenant });
    behave(embeds(5));
    expect(await remember('priced', [{ text: 'one' }], by)).toMatchObject({ __typename: 'RememberFactsSuccess' });
    behave(embeds(3));
    await run(FIND, { memory: 'priced', about: 'two' }, by);
    const common = { kind: 1, model: 'paid', source: 0, blueprint_id: null };
    const counted = { kind: 2, model: 'priced', cost: 0, source: 0, blueprint_id: null };
    expect(await ledgerOf(tenant)).toEqual([
      { ...common, path: 'rememberFacts', call: 0, input: 5, cost: 10 },
      { ...counted, path: 'rememberFacts', call: 1, input: 5 },
      { ...common, path: 'facts', call: 0, input: 3, cost: 6 },
      { ...counted, path: 'facts', call: 1, input: 0 },
    ]);
    const { data, errors } = await run(
      `{
        ledger(first: 10, filter: { kind: EMBEDDING }) { edges { node { id costUsdMicros executionId rootExecutionId blueprintId execution { id } blueprint { id } path } } }
        usageTotals(groupBy: BLUEPRINT) { blueprintId calls costUsdMicros }
      }`,
      {},
      by,
    );
    expect(errors).toBeUndefined();
    const none = { executionId: null, rootExecutionId: null, blueprintId: null, execution: null, blueprint: null };
    expect(data).toMatchObject({
      ledger: {
        edges: [
          { node: { ...none, costUsdMicros: '6', path: 'facts' } },
          { node: { ...none, costUsdMicros: '10', path: 'rememberFacts' } },
        ],
      },
      usageTotals: [{ blueprintId: null, calls: 2, costUsdMicros: '16' }],
    });
    expect(await gateway.database.database.query({ text: 'select 1 from reservations' })).toMatchObject({ rows: [] });
  });

  it('says that a model is away, writes nothing then, and charges what may be billed', async () => {
    const tenant = newTenantId();
    const by = await gateway.createKey({ tenant });
    behave({ kind: 'status', status: 503 });
    expect(await remember('priced', [{ text: 'one' }], by)).toMatchObject({
      ...{ __typename: 'EmbeddingFailedError', retryable: true },
    });
    behave(embeds(5));
    await remember('priced', [{ text: 'one' }], by);
    behave({ kind: 'status', status: 503 });
    const { data, errors } = await run(FIND, { memory: 'priced', about: 'x' }, by);
    expect(data).toEqual({ facts: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
    behave(embeds(5));
  });

  it('settles what a process left behind that is gone', async () => {
    const { ledger } = gateway.database.stores;
    const tenant = newTenantId();
    const hour = 3_600_000;
    const idOf = (at: number) =>
      `${at
        .toString(16)
        .padStart(12, '0')
        .replace(/^(.{8})/, '$1-')}-7000-8000-000000000001`;
    for (const at of [Date.now() - 2 * hour, Date.now()]) {
      const id = idOf(at) as never; // as requests are named
      const of = {
        executionId: id,
        rootExecutionId: id,
        blueprintId: undefined,
        tenant,
        path: 'facts',
        attempt: 1,
        call: 0,
      };
      const reservation = { ...of, kind: 'embedding' as const, model: 'paid', price: undefined, amountUsdMicros: 7n };
      const owner = { leaseToken: undefined, maxCostUsdMicros: undefined };
      const reserve = () => ledger.reserve({ ...reservation, tokens: { input: 9, output: 0 } }, owner);
      expect([await reserve(), await reserve()]).toEqual([{ type: 'reserved' }, { type: 'reserved' }]);
    }
    expect(await ledger.settleRequestsBefore(new Date(Date.now() - hour), new Date())).toBe(1);
    expect(await ledgerOf(tenant)).toMatchObject([{ path: 'facts', input: 9, cost: 7, source: 1 }]);
    await gateway.database.database.query({ text: 'delete from reservations where tenant = $1', values: [tenant] });
  });

  it('lists facts without a model, page by page, and forgets them', async () => {
    const tenant = newTenantId();
    const by = await gateway.createKey({ tenant });
    const ids = Array.from({ length: 5 }, (_, index) => `${index}`.repeat(8) + '-0000-4000-8000-000000000000');
    await remember(
      'priced',
      ids.map((id, index) => ({ id, text: `fact ${index}`, metadata: { even: index % 2 === 0 } })),
      by,
    );
    // The same again changes nothing.
    expect(await remember('priced', [{ id: ids[0], text: 'other' }], by)).toMatchObject({ ids: [ids[0]] });
    const asked = scene.server.asked.length;
    const LIST = `query ($first: Int, $after: String, $metadata: JSON) {
      storedFacts(memory: "priced", first: $first, after: $after, metadata: $metadata) {
        edges { node { id text tokens createdAt } } pageInfo { hasNextPage endCursor }
      }
    }`;
    interface Page {
      readonly edges: readonly { readonly node: { readonly id: string; readonly text: string } }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
    }
    const page = async (variables: object): Promise<Page> =>
      (await run(LIST, { ...variables }, by)).data?.['storedFacts'] as Page; // as the document asks for it
    const first = await page({ first: 3 });
    expect(first.edges.map(({ node }) => node.text)).toEqual(['fact 0', 'fact 1', 'fact 2']);
    expect(first.pageInfo.hasNextPage).toBe(true);
    const rest = await page({ first: 3, after: first.pageInfo.endCursor });
    expect(rest.edges.map(({ node }) => node.id)).toEqual(ids.slice(3));
    expect((await page({ metadata: { even: false } })).edges).toHaveLength(2);
    const forget = `mutation ($ids: [ID!]!) {
      forgetFacts(input: { memory: "priced", ids: $ids }) { ... on ForgetFactsSuccess { forgotten } ... on Error { message } }
    }`;
    const forgotten = await run(forget, { ids: [ids[0], ids[1], uuid(), 'no uuid'] }, by);
    expect(forgotten.data).toEqual({ forgetFacts: { forgotten: 2 } });
    expect((await page({})).edges.map(({ node }) => node.id)).toEqual(ids.slice(2));
    expect(scene.server.asked.length).toBe(asked);
  });

  it('shows episodes of a session, and forgets everything about a subject', async () => {
    const { memory } = gateway.database.stores;
    for (const tenant of [scene.tenant, theirs])
      for (const [content, subject] of [
        ['Eve asked for a refund.', 'eve'],
        ['Bob said hello.', 'bob'],
      ] as const)
        await memory.episodes.add(episode(tenant, 'support', content, { subject }));
    await remember('priced', [{ text: 'Eve likes tea', subject: 'eve' }, { text: 'Tea is hot' }]);
    await remember('priced', [{ text: 'Their Eve', subject: 'eve' }], otherKey);
    const EPISODES = '{ episodes(memory: "chat", session: "support", first: 5) { content subject expiresAt } }';
    expect((await run(EPISODES)).data).toMatchObject({
      episodes: [
        { content: 'Eve asked for a refund.' },
        { content: 'Bob said hello.', subject: 'bob', expiresAt: null },
      ],
    });
    const FORGET = `mutation ($subject: String!) {
      forgetSubject(input: { subject: $subject }) { ... on ForgetSubjectSuccess { facts episodes } ... on Error { message } }
    }`;
    expect((await run(FORGET, { subject: 'eve' })).data).toEqual({ forgetSubject: { facts: 1, episodes: 1 } });
    expect((await run(FORGET, { subject: 'eve' })).data).toEqual({ forgetSubject: { facts: 0, episodes: 0 } });
    expect((await run(EPISODES)).data).toMatchObject({ episodes: [{ content: 'Bob said hello.' }] });
    expect((await run(EPISODES, {}, otherKey)).data?.['episodes']).toHaveLength(2);
    const { data } = await run(FIND, { memory: 'priced', about: 'eve', subject: 'eve' }, otherKey);
    expect(data?.['facts']).toHaveLength(1);
    expect((await run(FORGET, { subject: '' })).data).toMatchObject({
      forgetSubject: { message: expect.stringContaining('The subject is empty') as string },
    });
  });
});
