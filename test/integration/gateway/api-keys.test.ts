import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TenantId } from '../../../src/core/ids.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ environment: { ICEOS_MAX_KEY_OVERLAP_MS: '5000' } });
});
afterAll(() => gateway.close());

const MADE = '__typename ... on Error { message } ... on';
const CREATE = `mutation ($input: CreateApiKeyInput!) {
  createApiKey(input: $input) { ${MADE} CreateApiKeySuccess { key apiKey { id name scopes expiresAt lastUsedAt revokedAt } } } }`;
const ROTATE = `mutation ($input: RotateApiKeyInput!) {
  rotateApiKey(input: $input) { ${MADE} RotateApiKeySuccess { key apiKey { id name scopes } } } }`;
const REVOKE = `mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { ${MADE} RevokeApiKeySuccess { apiKey { revokedAt } } } }`;

const Made = z.object({ key: z.string(), apiKey: z.looseObject({ id: z.string() }) });

async function create(scopes: readonly string[], name = 'ci'): Promise<z.infer<typeof Made>> {
  const { data } = await gateway.run(CREATE, { input: { name, scopes } });
  return Made.parse(data?.['createApiKey']);
}
const canAsk = async (key: string): Promise<boolean> =>
  (await gateway.run('{ viewer { subject } }', {}, key)).errors === undefined;

describe('API keys', () => {
  it('are made with their text, once, and listed without it', async () => {
    const { key, apiKey } = await create(['executions:read', 'blueprints:read']);
    expect(apiKey).toMatchObject({
      name: 'ci',
      scopes: ['blueprints:read', 'executions:read'],
      expiresAt: null,
      lastUsedAt: null,
    });
    const viewer = await gateway.run('{ viewer { subject scopes } }', {}, key);
    expect(viewer.data).toEqual({ viewer: { subject: 'ci', scopes: ['blueprints:read', 'executions:read'] } });
    const query = `query ($id: ID!) { apiKeys(first: 1) { edges { node { id name lastUsedAt } } pageInfo { hasNextPage } }
      node(id: $id) { ... on ApiKey { name createdAt } } }`;
    const { data } = await gateway.run(query, { id: apiKey.id });
    expect(data).toMatchObject({
      apiKeys: {
        edges: [{ node: { id: apiKey.id, lastUsedAt: expect.any(String) } }],
        pageInfo: { hasNextPage: true },
      },
      node: { name: 'ci' },
    });
    expect(JSON.stringify(data)).not.toContain(key.slice(-49, -6));
  });

  it('are revoked for good, however often that is asked', async () => {
    const { key, apiKey } = await create(['blueprints:read']);
    const first = await gateway.run(REVOKE, { id: apiKey.id });
    expect(first.data).toMatchObject({ revokeApiKey: { __typename: 'RevokeApiKeySuccess' } });
    expect((await gateway.run(REVOKE, { id: apiKey.id })).data).toEqual(first.data);
    expect(await canAsk(key)).toBe(false);
  });

  it('are rotated with an overlap within the limit', async () => {
    const { key, apiKey } = await create(['blueprints:read']);
    const input = { id: apiKey.id, overlapMs: 5_001 };
    const refused = await gateway.run(ROTATE, { input });
    expect(refused.data).toMatchObject({ rotateApiKey: { __typename: 'InvalidInputError' } });
    const rotated = await gateway.run(ROTATE, { input: { ...input, overlapMs: 5_000 } });
    const next = Made.parse(rotated.data?.['rotateApiKey']);
    expect(await Promise.all([canAsk(key), canAsk(next.key)])).toEqual([true, true]);
    await gateway.run(ROTATE, { input: { id: apiKey.id } });
    expect(await Promise.all([canAsk(key), canAsk(next.key)])).toEqual([false, true]);
  });

  it('of another tenant do not exist, and neither does what is no ID', async () => {
    const { apiKey } = await create(['blueprints:read']);
    const stranger = await gateway.createKey({ tenant: TenantId.parse(uuid()) });
    for (const id of [apiKey.id, 'nonsense']) {
      const revoked = await gateway.run(REVOKE, { id }, stranger);
      const message = `There is no API key with the ID "${id}" that you may see.`;
      expect(revoked.data).toEqual({ revokeApiKey: { __typename: 'NotFoundError', message } });
      const rotated = await gateway.run(ROTATE, { input: { id } }, stranger);
      expect(rotated.data).toEqual({ rotateApiKey: { __typename: 'NotFoundError', message } });
      const node = await gateway.run('query ($id: ID!) { node(id: $id) { __typename } }', { id }, stranger);
      expect(node.data).toEqual({ node: null });
    }
    const { data } = await gateway.run('{ apiKeys { edges { node { name } } } }', {}, stranger);
    expect(data).toMatchObject({ apiKeys: { edges: [{ node: { name: 'test' } }] } });
  });

  it('are nothing for who lacks the scope, and give none that their maker lacks', async () => {
    const writer = await gateway.createKey({ scopes: ['blueprints:write'] });
    const forbidden = await gateway.run('{ apiKeys { edges { node { name } } } }', {}, writer);
    expect(forbidden.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' });
    const maker = await gateway.createKey({ scopes: ['keys'] });
    const input = { name: 'more', scopes: ['keys', 'blueprints:write'] };
    const { errors } = await gateway.run(CREATE, { input }, maker);
    expect(errors).toMatchObject([
      { message: expect.stringContaining('blueprints:write'), extensions: { code: 'FORBIDDEN' } },
    ]);
  });
});
