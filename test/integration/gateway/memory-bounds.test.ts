import { v4 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestGateway } from '../../support/gateway.ts';
import { newTenantId } from '../../support/journal.ts';
import { embeds, FIND, openMemoryScene, type MemoryScene } from '../../support/memory-scene.ts';

describe('memory for clients, at its bounds', () => {
  let scene: MemoryScene;
  let gateway: TestGateway;
  let otherKey: string;
  beforeAll(async () => {
    scene = await openMemoryScene();
    ({ gateway } = scene);
    otherKey = await gateway.createKey({ tenant: newTenantId() });
  }, 60_000);
  afterAll(() => scene.close());

  const { run, remember, behave } = {
    run: (...args: Parameters<MemoryScene['run']>) => scene.run(...args),
    remember: (...args: Parameters<MemoryScene['remember']>) => scene.remember(...args),
    behave: (...args: Parameters<MemoryScene['behave']>) => scene.behave(...args),
  };
  it('answers for things of another tenant as for missing ones', async () => {
    const mine = await remember('priced', [{ text: 'secret plans', subject: 'plan' }]);
    const stranger = await gateway.createKey({ tenant: newTenantId() });
    const nobody = await gateway.createKey({ tenant: newTenantId() });
    await remember('priced', [{ text: 'something else' }], stranger);
    for (const by of [stranger, nobody]) {
      const found = await run(FIND, { memory: 'priced', about: 'secret plans' }, by);
      expect(JSON.stringify(found)).not.toContain('secret');
      const forget = `mutation ($ids: [ID!]!) { forgetFacts(input: { memory: "priced", ids: $ids }) { ... on ForgetFactsSuccess { forgotten } } }`;
      const forgotten = await run(forget, { ids: mine.ids }, by);
      expect(forgotten).toEqual(await run(forget, { ids: [uuid()] }, by));
      expect(forgotten.data).toEqual({ forgetFacts: { forgotten: 0 } });
      const { data } = await run('{ storedFacts(memory: "priced", first: 50) { edges { node { text } } } }', {}, by);
      expect(JSON.stringify(data)).not.toContain('secret');
    }
    expect((await run('{ memoryCollections { name } }', {}, nobody)).data).toEqual({ memoryCollections: [] });
    // The same id may be given by two tenants, and each has its own.
    const id = uuid();
    await remember('priced', [{ id, text: 'ours' }]);
    await remember('priced', [{ id, text: 'theirs' }], otherKey);
    const texts = await gateway.database.database.query({
      text: 'select text from memory_facts where id = $1 order by text',
      values: [id],
    });
    expect(texts.rows).toEqual([{ text: 'ours' }, { text: 'theirs' }]);
  });

  it('changes the model of a collection, goes on where it was, and may be canceled', async () => {
    const tenant = newTenantId();
    const by = await gateway.createKey({ tenant });
    const { memory } = gateway.database.stores;
    const old = { tenant, name: 'moving', model: 'old', dimensions: 2 };
    await memory.collections.create(old);
    const vector = Float32Array.from([1, 0]);
    const facts = ['a', 'b', 'c'].map((text) => ({ id: uuid() as never, text, metadata: {}, vector, tokens: 1 })); // branded
    await memory.facts.add(old, facts);
    const COLLECTION = 'collection { name model factCount reembedding { model done total } }';
    const START = `mutation { reembedCollection(input: { memory: "moved" }) { __typename
      ... on ReembedCollectionSuccess { isDone ${COLLECTION} } ... on Error { message } } }`;
    const CANCEL = `mutation { cancelReembedding(input: { memory: "moved" }) { __typename
      ... on CancelReembeddingSuccess { canceled ${COLLECTION} } ... on Error { message } } }`;
    expect((await run(FIND, { memory: 'moved', about: 'a' }, by)).errors?.[0]?.message).toContain(
      'holds vectors of "old"',
    );
    behave({ kind: 'status', status: 503 });
    expect((await run(START, {}, by)).data).toMatchObject({
      reembedCollection: { __typename: 'EmbeddingFailedError' },
    });
    const shown = await run('{ memoryCollections { model reembedding { model dimensions done total } } }', {}, by);
    expect(shown.data).toEqual({
      memoryCollections: [{ model: 'old', reembedding: { model: 'v-1', dimensions: 4, done: 0, total: 3 } }],
    });
    expect((await run(CANCEL, {}, by)).data).toMatchObject({
      cancelReembedding: { canceled: true, collection: { model: 'old', reembedding: null } },
    });
    expect((await run(CANCEL, {}, by)).data).toMatchObject({ cancelReembedding: { canceled: false } });
    behave(embeds(3));
    const done = { isDone: true, collection: { name: 'moving', model: 'v-1', factCount: 3, reembedding: null } };
    expect((await run(START, {}, by)).data).toMatchObject({ reembedCollection: done });
    expect((await run(START, {}, by)).data).toMatchObject({ reembedCollection: done });
    expect((await run(FIND, { memory: 'moved', about: 'a' }, by)).data?.['facts']).toHaveLength(3);
    const fresh = await gateway.createKey({ tenant: newTenantId() });
    expect((await run(START, {}, fresh)).data).toMatchObject({ reembedCollection: { isDone: true, collection: null } });
  });

  it.each<[string, object, RegExp]>([
    ['a text that is too long', { text: 'x'.repeat(8_193) }, /8193 bytes, and at most 8192/],
    ['no text', { text: ' ' }, /has no text/],
    ['an id that is no UUID', { text: 'x', id: 'nine' }, /facts\/0\/id is "nine", and no UUID/],
    ['metadata that is no object', { text: 'x', metadata: [1] }, /facts\/0\/metadata is no object/],
    ['metadata that is too deep', { text: 'x', metadata: { a: { b: { c: { d: { e: 1 } } } } } }, /4 levels/],
    ['a lifetime of nothing', { text: 'x', lifetimeMs: 0 }, /lifetime of 0 ms/],
  ])('refuses %s', async (_what, fact, message) => {
    expect(await remember('priced', [fact])).toMatchObject({
      ...{ __typename: 'InvalidInputError', message: expect.stringMatching(message) as string },
    });
  });

  it('refuses a memory that is not registered, what is none of its kind, and what is asked for too much of', async () => {
    expect(await remember('dcos', [{ text: 'x' }])).toMatchObject({
      ...{ __typename: 'NotFoundError', message: 'No memory is named "dcos". Did you mean "docs"?' },
    });
    expect(await remember('chat', [{ text: 'x' }])).toMatchObject({
      ...{ __typename: 'NotFoundError', message: expect.stringContaining('needs one of the kind semantic') as string },
    });
    const refused = async (variables: object) =>
      (await run(FIND, { memory: 'priced', about: 'x', ...variables })).errors;
    for (const variables of [{ memory: 'dcos' }, { about: '' }, { first: 0 }, { first: 101 }, { metadata: [1] }])
      expect(await refused(variables)).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
    expect(
      await remember(
        'priced',
        Array.from({ length: 65 }, () => ({ text: 'x' })),
      ),
    ).toMatchObject({
      ...{ __typename: 'InvalidInputError', message: expect.stringContaining('65 facts') as string },
    });
  });

  it('needs its scopes', async () => {
    const reader = await gateway.createKey({ tenant: scene.tenant, scopes: ['memory:read'] });
    const writer = await gateway.createKey({ tenant: scene.tenant, scopes: ['memory:write'] });
    const FORGET = 'mutation { forgetSubject(input: { subject: "x" }) { __typename } }';
    const LIST = '{ memoryCollections { name } }';
    const codes = async (query: string, by: string) =>
      (await run(query, {}, by)).errors?.map(({ extensions }) => extensions?.['code']);
    expect(await codes(LIST, reader)).toBeUndefined();
    expect(await codes(FORGET, reader)).toEqual(['FORBIDDEN']);
    expect(await codes(FORGET, writer)).toBeUndefined();
    for (const query of [
      LIST,
      '{ facts(memory: "docs", about: "x") { score } }',
      '{ episodes(memory: "chat", session: "s") { id } }',
      '{ storedFacts(memory: "docs") { edges { cursor } } }',
    ])
      expect(await codes(query, writer)).toEqual(['FORBIDDEN']);
  });
});
