import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantId } from '../../../src/core/ids.ts';
import { newTenantId } from '../../support/journal.ts';
import { fact } from '../../support/memory.ts';
import { embeds, FIND, openMemoryScene, type MemoryScene } from '../../support/memory-scene.ts';

/** What a text of three bytes holds: a token a byte, 16 for the text, 1,024 for the request. */
const MOST_TOKENS = 3 + 16 + 1_024;
const ROOM = 3;
/** Two micro-dollars a token. */
const LIMIT = ROOM * MOST_TOKENS * 2;
const NAME = 'ICEOS_MEMORY_CLIENT_MAX_USD_MICROS_PER_DAY';

describe(`calls of models for clients, with ${NAME}`, () => {
  let scene: MemoryScene;
  beforeAll(async () => {
    scene = await openMemoryScene({ [NAME]: String(LIMIT) });
    // Each call costs just what was held for it: how many have room does not hang on who is first.
    scene.behave(embeds(MOST_TOKENS));
  }, 60_000);
  afterAll(() => scene.close());

  async function sums(tenant: TenantId): Promise<unknown> {
    const { rows } = await scene.gateway.database.database.query({
      text: `select spent_usd_micros::int4 as spent, reserved_usd_micros::int4 as reserved, max_cost_usd_micros::int4 as max,
          (select sum(cost_usd_micros)::int4 from ledger where tenant = $1) as charged
        from budgets where tenant = $1`,
      values: [tenant],
    });
    return rows;
  }
  const write = (by: string, at = 0) => scene.remember('priced', [{ text: String(100 + at) }], by);

  it('are made for just as many of twenty at once as have room, and the others are told why', async () => {
    const tenant = newTenantId();
    const by = await scene.gateway.createKey({ tenant });
    const asked = scene.server.asked.length;
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => write(by, at)));
    expect(scene.server.asked.length - asked).toBe(ROOM);
    expect(answers.filter(({ __typename }) => __typename === 'RememberFactsSuccess')).toHaveLength(ROOM);
    const refused = answers.filter(({ __typename }) => __typename === 'DailyLimitExceededError');
    expect(refused).toHaveLength(20 - ROOM);
    const midnight = new Date();
    midnight.setUTCHours(24, 0, 0, 0);
    const freesAt = midnight.toISOString();
    for (const one of refused) expect(one).toMatchObject({ limitUsdMicros: String(LIMIT), freesAt });
    expect((await write(by)).message).toBe(
      '"v-1" did not embed for the collection "priced": A call of "paid" may cost 2086 micro-dollars, and 0 of the day\'s ' +
        `${LIMIT} are left. What calls on their way do not use comes free as they end, all of it at ${freesAt}. ` +
        `Ask again then, raise ${NAME}, or embed less text.`,
    );
    expect(await sums(tenant)).toEqual([{ spent: LIMIT, reserved: 0, max: LIMIT, charged: LIMIT }]);
  });

  it('are refused in a query as an error of that field, and in a change of the model', async () => {
    const tenant = newTenantId();
    const by = await scene.gateway.createKey({ tenant });
    const { collections, facts } = scene.gateway.database.stores.memory;
    const old = { tenant, name: 'moving', model: 'old', dimensions: 4 };
    await collections.create(old);
    await facts.add(old, [fact('of another model', Float32Array.of(1, 0, 0, 0))]);
    for (let at = 0; at < ROOM; at += 1) await write(by, at);
    const found = await scene.run(FIND, { memory: 'priced', about: 'abc' }, by);
    expect(found).toMatchObject({
      data: { facts: null },
      errors: [{ message: expect.stringContaining(NAME) as string, extensions: { code: 'RATE_LIMITED' } }],
    });
    const REEMBED = `mutation { reembedCollection(input: { memory: "moved" }) {
      __typename ... on DailyLimitExceededError { limitUsdMicros message }
    } }`;
    const { data } = await scene.run(REEMBED, {}, by);
    expect(data?.['reembedCollection']).toEqual({
      __typename: 'DailyLimitExceededError',
      limitUsdMicros: String(LIMIT),
      message: expect.stringContaining(NAME) as string,
    });
  });

  it('leave what is free and what other tenants do as it is', async () => {
    const [by, others] = [
      await scene.gateway.createKey({ tenant: newTenantId() }),
      await scene.gateway.createKey({ tenant: newTenantId() }),
    ];
    for (let at = 0; at < ROOM; at += 1) await write(by, at);
    expect(await write(by)).toMatchObject({ __typename: 'DailyLimitExceededError' });
    expect(await write(others)).toMatchObject({ __typename: 'RememberFactsSuccess' });
    const free = await scene.remember('docs', [{ text: 'of the local model' }], by);
    expect(free).toMatchObject({ __typename: 'RememberFactsSuccess' });
  }, 60_000);

  it('give back what was held for a call that nobody can have billed', async () => {
    const tenant = newTenantId();
    const by = await scene.gateway.createKey({ tenant });
    scene.behave({ kind: 'status', status: 400 });
    for (let at = 0; at <= ROOM; at += 1)
      expect(await write(by, at)).toMatchObject({ __typename: 'EmbeddingFailedError' });
    scene.behave(embeds(MOST_TOKENS));
    expect(await sums(tenant)).toEqual([{ spent: 0, reserved: 0, max: LIMIT, charged: null }]);
    expect(await write(by)).toMatchObject({ __typename: 'RememberFactsSuccess' });
  });
});
