import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantId } from '../../../src/core/ids.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import type { GraphQLAnswer } from '../../support/gateway.ts';
import { newTenantId } from '../../support/journal.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { observedDatabase } from '../../support/observed-database.ts';
import { episode, fact, rowsWith } from '../../support/memory.ts';
import { openMemoryScene, type MemoryScene } from '../../support/memory-scene.ts';

const FORGET = `mutation ($session: String!) {
  forgetSession(input: { session: $session }) { __typename ... on ForgetSessionSuccess { episodes } ... on Error { message } }
}`;

describe('forgetSession', () => {
  let scene: MemoryScene;
  beforeAll(async () => {
    scene = await openMemoryScene();
  }, 60_000);
  afterAll(() => scene.close());

  const forget = (session: string, by?: string): Promise<GraphQLAnswer> => scene.run(FORGET, { session }, by);
  async function contents(session: string, by?: string): Promise<readonly string[]> {
    const { data } = await scene.run(`{ episodes(memory: "chat", session: "${session}") { content } }`, {}, by);
    return (data?.['episodes'] as readonly { readonly content: string }[]).map(({ content }) => content);
  }

  it('deletes the episodes of that session, with a subject or without, and counts them', async () => {
    const { episodes } = scene.gateway.database.stores.memory;
    await episodes.add(episode(scene.tenant, 'ada', 'Ada asked for tea-7301.'));
    await episodes.add(episode(scene.tenant, 'ada', 'Ada paid for tea-7301.', { subject: 'ada' }));
    await episodes.add(episode(scene.tenant, 'ada 2', 'Another session.'));
    const answer = { __typename: 'ForgetSessionSuccess', episodes: 2 };
    expect((await forget('ada')).data).toEqual({ forgetSession: answer });
    expect((await forget('ada')).data).toEqual({ forgetSession: { ...answer, episodes: 0 } });
    expect(await contents('ada')).toEqual([]);
    expect(await contents('ada 2')).toEqual(['Another session.']);
    expect(await rowsWith(scene.gateway.database.database, 'tea-7301')).toBe(0);
  });

  it("leaves another tenant's session as it is, and answers as for one that does not exist", async () => {
    const theirs = newTenantId();
    await scene.gateway.database.stores.memory.episodes.add(episode(theirs, 'their session', 'Theirs.'));
    const foreign = await forget('their session');
    expect(JSON.stringify(foreign)).toBe(JSON.stringify(await forget('no session')));
    expect(foreign.data).toEqual({ forgetSession: { __typename: 'ForgetSessionSuccess', episodes: 0 } });
    const theirKey = await scene.gateway.createKey({ tenant: theirs });
    expect(await contents('their session', theirKey)).toEqual(['Theirs.']);
  });

  it('needs the scope, and a name that can be one', async () => {
    const reader = await scene.gateway.createKey({ tenant: scene.tenant, scopes: ['memory:read'] });
    expect((await forget('ada', reader)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    for (const [session, message] of [
      ['', 'The session is empty. Give it a name.'],
      ['x'.repeat(257), 'The session has 257 characters, and at most 256 are kept. Shorten it.'],
    ] as const)
      expect((await forget(session)).data).toEqual({ forgetSession: { __typename: 'InvalidInputError', message } });
  });
});

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };
const EPISODES = 1_700;

describe.each(Object.entries(databases))('a long session on %s', (_name, open) => {
  let opened: TestDatabase;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  async function fill(tenant: TenantId): Promise<void> {
    await opened.database.query({
      text: `insert into memory_episodes (tenant, session, id, content, tokens, created_at)
        select $1, 'long', gen_random_uuid(), 'x', 1, now() from generate_series(1, ${EPISODES})`,
      values: [tenant],
    });
  }
  async function left(tenant: TenantId): Promise<number | undefined> {
    const text = 'select count(*)::int4 as count from memory_episodes where tenant = $1';
    const { rows } = await opened.database.query<{ readonly count: number }>({ text, values: [tenant] });
    return rows[0]?.count;
  }

  it('goes in statements of at most 500 rows', async () => {
    const tenant = newTenantId();
    await fill(tenant);
    const deleted: (number | null)[] = [];
    const { forgetting } = createMemoryStore({
      clock: createManualClock(),
      database: observedDatabase(opened.database, { onAnswered: ({ rowCount }) => deleted.push(rowCount) }),
    });
    expect(await forgetting.forgetSession(tenant, 'long')).toBe(EPISODES);
    expect(deleted).toEqual([500, 500, 500, 200, 0]);
  });

  it('is gone for each of those who forget it at once, as soon as one is answered', async () => {
    const tenant = newTenantId();
    await fill(tenant);
    const { forgetting } = opened.stores.memory;
    const forgets = [1, 2, 3].map(async () => {
      const forgotten = await forgetting.forgetSession(tenant, 'long');
      return { forgotten, left: await left(tenant) };
    });
    const answers = await Promise.all(forgets);
    expect(answers.map((answer) => answer.left)).toEqual([0, 0, 0]);
    expect(answers.reduce((sum, { forgotten }) => sum + forgotten, 0)).toBe(EPISODES);
  });

  it('is gone so with the facts about a subject, too', async () => {
    const tenant = newTenantId();
    const { collections, facts, forgetting } = opened.stores.memory;
    const collection = { tenant, name: 'notes', model: 'small', dimensions: 2 };
    await collections.create(collection);
    const many = Array.from({ length: EPISODES }, () => fact('x', Float32Array.of(1, 0), { subject: 'ada' }));
    await facts.add(collection, many);
    const forgets = [1, 2, 3].map(async () => {
      const forgotten = await forgetting.forgetSubject(tenant, 'ada');
      return { forgotten: forgotten.facts, left: await facts.count(tenant, 'notes') };
    });
    const answers = await Promise.all(forgets);
    expect(answers.map((answer) => answer.left)).toEqual([0, 0, 0]);
    expect(answers.reduce((sum, { forgotten }) => sum + forgotten, 0)).toBe(EPISODES);
    expect((await collections.get(tenant, 'notes'))?.factCount).toBe(0);
  });
});
