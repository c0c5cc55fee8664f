import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import type { CliDeps } from '../../../src/cli/cli-deps.ts';
import { data, scene } from '../../support/cli-scene.ts';

const KEY = {
  id: 'QXBpS2V5',
  name: 'ci',
  scopes: ['executions:read'],
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
  lastUsedAt: null,
  revokedAt: null,
};
const listed = (...keys: readonly object[]) =>
  data({ apiKeys: { edges: keys.map((node) => ({ node })), pageInfo: { hasNextPage: true } } });
const made = (verb: string) => ({ __typename: `${verb}ApiKeySuccess`, key: 'ice_text', apiKey: KEY });
const refusal = { __typename: 'NotFoundError', message: 'There is no such key.' };

async function run(args: readonly string[], answers: Record<string, unknown> = {}, more: Partial<CliDeps> = {}) {
  const { deps, asked, out, errors } = scene(answers, more);
  const code = await runCli(['keys', ...args], deps);
  return { code, asked, out: out(), errors: errors() };
}

describe('iceos keys list', () => {
  it('says how each key stands', async () => {
    const keys = [
      KEY,
      { ...KEY, name: 'old', revokedAt: '2026-01-01T00:00:30.000Z' },
      { ...KEY, name: 'rotated', revokedAt: '2026-01-01T00:02:00.000Z' },
      { ...KEY, name: 'past', expiresAt: '2026-01-01T00:00:30.000Z' },
      { ...KEY, name: 'short', expiresAt: '2027-01-01T00:00:00.000Z' },
    ];
    const { code, out, errors } = await run(['list', '--first', '5'], { ListKeys: listed(...keys) });
    expect(code).toBe(0);
    expect(out).toMatch(/ci +valid +never +executions:read/);
    expect(out).toMatch(/old +revoked/);
    expect(out).toMatch(/rotated +ends 2026-01-01T00:02/);
    expect(out).toMatch(/past +expired/);
    expect(out).toMatch(/short +expires 2027/);
    expect(errors).toContain('--first 10');
    const lines = await run(['list', '--json'], { ListKeys: listed(KEY) });
    expect(JSON.parse(lines.out)).toEqual(KEY);
  });
});

describe('iceos keys create', () => {
  it('prints the text alone on standard output', async () => {
    const args = ['create', 'ci', '--scope', 'executions:read', '--scope', 'keys', '--expires-at', '2027-01-01'];
    const { code, out, errors, asked } = await run(args, { CreateKey: data({ createApiKey: made('Create') }) });
    expect([code, out]).toEqual([0, 'ice_text\n']);
    expect(errors).toContain('shown once');
    const input = { name: 'ci', scopes: ['executions:read', 'keys'], expiresAt: '2027-01-01T00:00:00.000Z' };
    expect(asked[0]?.variables).toEqual({ input });
    const asJson = await run([...args, '--json'], { CreateKey: data({ createApiKey: made('Create') }) });
    expect(JSON.parse(asJson.out)).toEqual({ key: 'ice_text', ...KEY });
  });

  it('says what is missing, and what the server refuses', async () => {
    for (const args of [['create'], ['create', 'ci'], ['create', 'ci', '--bootstrap']]) {
      const { code, errors } = await run(args);
      expect([code, errors]).toEqual([2, expect.stringMatching(/at least one --scope|--bootstrap takes no name/)]);
    }
    const refused = { CreateKey: data({ createApiKey: { ...refusal, message: 'Too many.' } }) };
    expect(await run(['create', 'ci', '--scope', 'keys'], refused)).toMatchObject({ code: 2, errors: 'Too many.' });
  });

  it('makes the first key of an empty database, and no second', async () => {
    const first = { bootstrapKey: async () => ({ key: 'ice_first' }) };
    expect(await run(['create', '--bootstrap'], {}, first)).toMatchObject({ code: 0, out: 'ice_first\n', asked: [] });
    expect((await run(['create', '--bootstrap', '--json'], {}, first)).out).toBe('{"key":"ice_first"}\n');
    const { code, errors } = await run(['create', '--bootstrap']);
    expect([code, errors]).toEqual([2, expect.stringContaining('has an API key already')]);
  });
});

describe('iceos keys rotate and revoke', () => {
  it('pass on what they are told', async () => {
    const rotated = await run(['rotate', 'ID', '--overlap-ms', '60000'], {
      RotateKey: data({ rotateApiKey: made('Rotate') }),
    });
    expect(rotated).toMatchObject({ code: 0, out: 'ice_text\n' });
    expect(rotated.asked[0]?.variables).toEqual({ input: { id: 'ID', overlapMs: 60_000 } });
    const answer = { __typename: 'RevokeApiKeySuccess', apiKey: { ...KEY, revokedAt: '2026-01-01T00:00:00.000Z' } };
    const revoked = await run(['revoke', 'ID'], { RevokeKey: data({ revokeApiKey: answer }) });
    expect(revoked).toMatchObject({ code: 0, out: 'The key "ci" is void since 2026-01-01T00:00:00.000Z.\n' });
  });

  it('end with 2 for a key that there is not', async () => {
    expect(await run(['rotate', 'ID'], { RotateKey: data({ rotateApiKey: refusal }) })).toMatchObject({ code: 2 });
    expect(await run(['revoke', 'ID'], { RevokeKey: data({ revokeApiKey: refusal }) })).toMatchObject({ code: 2 });
    expect((await run(['rotate', 'ID', '--overlap-ms', 'x'])).code).toBe(2);
  });
});
