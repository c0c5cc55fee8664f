import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { data, scene } from '../../support/cli-scene.ts';

const DENIAL = {
  id: 'VG9rZW4',
  kind: 'SUB',
  value: 'ada',
  deniedAt: '2026-01-01T00:00:00.000Z',
  deniedBy: 'first',
  expiresAt: null,
};
const EXPIRES = { ...DENIAL, kind: 'JTI', value: 'j1', expiresAt: '2026-01-01T02:00:00.000Z' };
const listed = (...denials: readonly object[]) =>
  data({ tokenDenials: { edges: denials.map((node) => ({ node })), pageInfo: { hasNextPage: denials.length > 1 } } });

async function run(args: readonly string[], answers: Record<string, unknown> = {}) {
  const { deps, asked, out, errors } = scene(answers);
  const code = await runCli(['tokens', ...args], deps);
  return { code, input: asked[0]?.variables['input'], out: out(), errors: errors() };
}

describe('iceos tokens', () => {
  it('lists what is denied', async () => {
    const { code, out, errors } = await run(['list', '--first', '2'], { ListTokenDenials: listed(DENIAL, EXPIRES) });
    expect(code).toBe(0);
    expect(out).toMatch(/sub +ada +it is allowed +first/);
    expect(out).toMatch(/jti +j1 +2026-01-01T02:00:00.000Z +first/);
    expect(errors).toContain('--first 4');
    expect((await run(['list'], { ListTokenDenials: listed() })).errors).toBe('No token is denied.');
    expect(JSON.parse((await run(['list', '--json'], { ListTokenDenials: listed(DENIAL) })).out)).toEqual(DENIAL);
  });

  it('denies one token, or all of a subject', async () => {
    const denied = (denial: object) => ({ DenyToken: data({ denyToken: { __typename: 'DenyTokenSuccess', denial } }) });
    const one = await run(['deny', 'j1'], denied(EXPIRES));
    expect([one.code, one.input]).toEqual([0, { kind: 'JTI', value: 'j1', expiresAt: null }]);
    expect(one.out).toBe('The token j1 will be refused until 2026-01-01T02:00:00.000Z (VG9rZW4).\n');
    const all = await run(['deny', 'ada', '--subject', '--expires-at', '2027-01-01', '--json'], denied(DENIAL));
    expect(all.input).toEqual({ kind: 'SUB', value: 'ada', expiresAt: '2027-01-01T00:00:00.000Z' });
    expect(JSON.parse(all.out)).toEqual(DENIAL);
    const refused = data({ denyToken: { __typename: 'InvalidInputError', message: 'Too many.' } });
    expect(await run(['deny', 'j1'], { DenyToken: refused })).toMatchObject({ code: 2, errors: 'Too many.' });
  });

  it('takes an entry away', async () => {
    const allowed = data({ allowToken: { __typename: 'AllowTokenSuccess', denial: DENIAL } });
    expect(await run(['allow', 'ID'], { AllowToken: allowed })).toMatchObject({
      code: 0,
      input: { id: 'ID' },
      out: 'Tokens with ada are taken again.\n',
    });
    const missing = data({ allowToken: { __typename: 'NotFoundError', message: 'There is none.' } });
    expect(await run(['allow', 'ID'], { AllowToken: missing })).toMatchObject({ code: 2, errors: 'There is none.' });
  });
});
