import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TenantId } from '../../../src/core/ids.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';

const VALUE = 'hunter2-hunter2';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    environment: {
      ICEOS_SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
      ICEOS_MAX_SECRETS: '3',
      ICEOS_MAX_SECRET_BYTES: '100',
    },
  });
});
afterAll(() => gateway.close());

const SHOWN = 'name version createdAt updatedAt updatedBy';
const SET = `mutation ($input: SetSecretInput!) { setSecret(input: $input) { __typename ... on Error { message }
  ... on SetSecretSuccess { secret { id ${SHOWN} } }
  ... on SecretVersionConflict { expectedVersion actualVersion current { version } } } }`;
const DELETE = `mutation ($input: DeleteSecretInput!) { deleteSecret(input: $input) { __typename ... on Error { message }
  ... on DeleteSecretSuccess { secret { ${SHOWN} } }
  ... on SecretVersionConflict { actualVersion } } }`;
const LIST = `query ($first: Int, $after: String) { secrets(first: $first, after: $after) {
  edges { node { ${SHOWN} } } pageInfo { hasNextPage endCursor } } }`;

const Answer = z.looseObject({ __typename: z.string(), message: z.string().optional() });

/** A tenant of its own for each test: how many secrets it has counts. */
async function tenantKey(): Promise<{ tenant: TenantId; key: string }> {
  const tenant = TenantId.parse(uuid());
  return { tenant, key: await gateway.createKey({ tenant }) };
}
async function set(key: string, input: object) {
  const { data, errors } = await gateway.run(
    SET,
    { input: { name: 'token', value: VALUE, expectedVersion: 0, ...input } },
    key,
  );
  return Answer.parse(data?.['setSecret'] ?? { errors });
}
async function remove(key: string, input: object) {
  const { data } = await gateway.run(DELETE, { input: { name: 'token', expectedVersion: 1, ...input } }, key);
  return Answer.parse(data?.['deleteSecret']);
}
const rowsOf = async (tenant: TenantId, table: string) =>
  (
    await gateway.database.database.query<Record<string, unknown>>({
      text: `select t.* from ${table} t where tenant = $1 order by t`,
      values: [tenant],
    })
  ).rows;

describe('secrets', () => {
  it('are set, listed by name without their values, and deleted', async () => {
    const { key } = await tenantKey();
    for (const name of ['b', 'a', 'c']) {
      expect(await set(key, { name })).toMatchObject({
        __typename: 'SetSecretSuccess',
        secret: { name, version: 1, updatedBy: 'test' },
      });
    }
    const first = await gateway.run(LIST, { first: 2 }, key);
    expect(first.data).toMatchObject({
      secrets: { edges: [{ node: { name: 'a' } }, { node: { name: 'b' } }], pageInfo: { hasNextPage: true } },
    });
    const { endCursor: after } = z
      .object({ secrets: z.object({ pageInfo: z.object({ endCursor: z.string() }) }) })
      .parse(first.data).secrets.pageInfo;
    const rest = await gateway.run(LIST, { first: 2, after }, key);
    expect(rest.data).toMatchObject({
      secrets: { edges: [{ node: { name: 'c' } }], pageInfo: { hasNextPage: false } },
    });
    expect(await remove(key, { name: 'b' })).toMatchObject({ __typename: 'DeleteSecretSuccess' });
    const one = await gateway.run('{ a: secret(name: "a") { id version } b: secret(name: "b") { id } }', {}, key);
    expect(one.data).toMatchObject({ a: { version: 1 }, b: null });
    const { a } = z.object({ a: z.object({ id: z.string() }) }).parse(one.data);
    const node = await gateway.run('query ($id: ID!) { node(id: $id) { ... on Secret { name } } }', a, key);
    expect(node.data).toEqual({ node: { name: 'a' } });
    expect(JSON.stringify([first, rest, one])).not.toContain('hunter2');
  });

  it('change under their version lock: of 20 at once one wins', async () => {
    const { key } = await tenantKey();
    await set(key, {});
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => set(key, { value: `value-number-${at}`, expectedVersion: 1 })),
    );
    const kinds = answers.map(({ __typename }) => __typename);
    expect(kinds.filter((kind) => kind === 'SetSecretSuccess')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'SecretVersionConflict')).toHaveLength(19);
    // The same value is no exception: it would tell who may set it what it is.
    const again = await set(key, { expectedVersion: 1 });
    expect(again).toMatchObject({ expectedVersion: 1, actualVersion: 2, current: { version: 2 } });
    expect(await set(key, {})).toMatchObject({ __typename: 'SecretVersionConflict', actualVersion: 2 });
    expect(await remove(key, {})).toMatchObject({ __typename: 'SecretVersionConflict', actualVersion: 2 });
    const gone = await set(key, { name: 'other', expectedVersion: 4 });
    expect(gone).toMatchObject({ __typename: 'SecretVersionConflict', actualVersion: 0, current: null });
  });

  it('are bounded: names, sizes and how many there are', async () => {
    const { key } = await tenantKey();
    const refused = [
      [{ name: 'Not A Name' }, /No secret was set: A name starts with a small letter/],
      [{ name: 'a'.repeat(65) }, /at most 64/],
      [{ name: 'nul\0' }, /A name starts/],
      [{ value: '1234567' }, /The value has 7 bytes, and needs at least 8/],
      [{ value: 'x'.repeat(101) }, /The value has 101 bytes, and may have 100 \(ICEOS_MAX_SECRET_BYTES\)/],
      [{ value: 'half of a pair \ud800' }, /is no text in UTF-8/],
      [{ expectedVersion: -1 }, /A version is a whole number/],
    ] as const;
    for (const [input, sentence] of refused) {
      const answer = await set(key, input);
      expect(answer).toMatchObject({ __typename: 'InvalidInputError', message: expect.stringMatching(sentence) });
      expect(answer.message).not.toMatch(/hunter2|1234567|xxx/);
    }
    for (const name of ['a', 'b', 'c']) await set(key, { name, value: 'x'.repeat(100) });
    const full = await set(key, { name: 'd' });
    expect(full.message).toMatch(/has 3 secrets, the most that it may have \(ICEOS_MAX_SECRETS\)/);
    expect(await set(key, { name: 'a', expectedVersion: 1 })).toMatchObject({ __typename: 'SetSecretSuccess' });
  });

  it('of another tenant do not exist, nor what is no name', async () => {
    const { key } = await tenantKey();
    const { key: stranger } = await tenantKey();
    await set(key, {});
    for (const name of ['token', 'never', 'nul\0']) {
      expect(await remove(stranger, { name })).toMatchObject({
        __typename: 'NotFoundError',
        message: `There is no secret "${name}" that you may see.`,
      });
      const one = await gateway.run('query ($name: String!) { secret(name: $name) { version } }', { name }, stranger);
      expect(one).toEqual({ data: { secret: null } });
    }
    expect((await gateway.run(LIST, {}, stranger)).data).toMatchObject({ secrets: { edges: [] } });
  });

  it('are nothing for who lacks the scope', async () => {
    const key = await gateway.createKey({ scopes: ['keys', 'grants:write', 'blueprints:write'] });
    for (const [query, input] of [
      [SET, { name: 'token', value: VALUE, expectedVersion: 0 }],
      [DELETE, { name: 'token', expectedVersion: 1 }],
      [LIST, {}],
    ] as const) {
      const { errors } = await gateway.run(query, { input }, key);
      expect(errors).toMatchObject([
        { extensions: { code: 'FORBIDDEN' }, message: expect.stringContaining('secrets') },
      ]);
    }
  });

  it('lie encrypted, each tenant with a key of its own, which goes with its last secret', async () => {
    const [one, other] = [await tenantKey(), await tenantKey()];
    for (const { key } of [one, other]) await set(key, {});
    await set(one.key, { name: 'second' });
    const [keys, others] = [
      await rowsOf(one.tenant, 'tenant_data_keys'),
      await rowsOf(other.tenant, 'tenant_data_keys'),
    ];
    expect([keys.length, others.length]).toEqual([1, 1]);
    expect(keys[0]?.['id']).not.toBe(others[0]?.['id']);
    const rows = await rowsOf(one.tenant, 'secrets');
    expect(rows.map((row) => row['data_key_id'])).toEqual([keys[0]?.['id'], keys[0]?.['id']]);
    for (const row of rows) {
      // 16 bytes of the tag; the same value is another ciphertext.
      expect(Buffer.from(z.instanceof(Buffer).parse(row['ciphertext']))).toHaveLength(VALUE.length + 16);
      expect(JSON.stringify(row)).not.toContain('hunter2');
    }
    expect(rows[0]?.['ciphertext']).not.toEqual(rows[1]?.['ciphertext']);
    await remove(one.key, {});
    expect(await rowsOf(one.tenant, 'tenant_data_keys')).toHaveLength(1);
    await remove(one.key, { name: 'second' });
    expect(await rowsOf(one.tenant, 'tenant_data_keys')).toEqual([]);
    expect(await set(one.key, {})).toMatchObject({ __typename: 'SetSecretSuccess', secret: { version: 1 } });
  });

  it('leave one audit row for each change, and none for what is refused', async () => {
    const { tenant, key } = await tenantKey();
    await set(key, {});
    await set(key, {});
    await set(key, { expectedVersion: 1 });
    await remove(key, {});
    await remove(key, { expectedVersion: 2 });
    // The first is that of the key that asks.
    const rows = (await rowsOf(tenant, 'audit_log')).slice(1);
    expect(rows.map(({ action, noun, noun_id, fields }) => ({ action, noun, noun_id, fields }))).toEqual([
      { action: 'setSecret', noun: 'Secret', noun_id: 'token', fields: ['value'] },
      { action: 'setSecret', noun: 'Secret', noun_id: 'token', fields: ['value'] },
      { action: 'deleteSecret', noun: 'Secret', noun_id: 'token', fields: [] },
    ]);
  });

  it('are refused by a server without a master key, which says what to do', async () => {
    const without = await startTestGateway();
    const { data } = await without.run(SET, { input: { name: 'token', value: VALUE, expectedVersion: 0 } });
    expect(data).toMatchObject({
      setSecret: { __typename: 'InvalidInputError', message: expect.stringContaining('sets ICEOS_SECRET_KEY_FILE') },
    });
    expect((await without.run(LIST)).data).toMatchObject({ secrets: { edges: [] } });
    await without.close();
  });
});
