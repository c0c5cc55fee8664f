import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../../../src/cli/program.ts';
import { data, file, refused, scene } from '../../support/cli-scene.ts';

const SECRET = { name: 'token', hosts: ['a.test:443'], header: 'x-key', reveal: false };
const CONTENT = { hosts: ['a.test:443'], folders: ['reports'], secrets: [SECRET] };
const POLICY = { version: 3, ...CONTENT, updatedAt: '2026-01-01T00:00:00.000Z', updatedBy: 'first' };
const NONE = { version: 0, hosts: [], folders: [], secrets: [], updatedAt: null, updatedBy: null };

const shown = (policy: unknown = POLICY) => data({ policy });
const written = (outcome = 'APPLIED') =>
  data({ updatePolicy: { __typename: 'UpdatePolicySuccess', outcome, policy: { ...POLICY, version: 4 } } });
const conflict = data({
  updatePolicy: {
    __typename: 'PolicyVersionConflict',
    message: 'The policy is at version 4, and your change is for version 3.',
  },
});

/** Runs a command against a policy; answers with its code, what it asked to write, and what it said. */
async function run(args: readonly string[], answers: Record<string, unknown> = {}) {
  const { deps, asked, out, errors } = scene({ ShowPolicy: shown(), UpdatePolicy: written(), ...answers });
  const code = await runCli(['policy', ...args], deps);
  const input = asked.find(({ operation }) => operation === 'UpdatePolicy')?.variables['input'];
  return { code, input, out: out(), errors: errors() };
}

describe('iceos policy show', () => {
  it('prints what `set` takes, with the version', async () => {
    const { code, out } = await run(['show']);
    expect(code).toBe(0);
    expect(out).toMatch(/^# version 3: changed 2026-01-01T00:00:00.000Z by first\n/);
    expect(parse(out)).toEqual(CONTENT);
    expect((await run(['show'], { ShowPolicy: shown(NONE) })).out).toMatch(/version 0: nobody has changed it yet/);
    expect(JSON.parse((await run(['show', '--json'])).out)).toEqual(POLICY);
  });

  it('says which scope is missing', async () => {
    const { code, errors } = await run(['show'], {
      ShowPolicy: refused('FORBIDDEN', 'This needs the scope blueprints:read.'),
    });
    expect(code).toBe(78);
    expect(errors).toContain('Use an API key that has this scope');
  });
});

describe('iceos policy set', () => {
  it('writes a file for the version that is there now, or for the one that is given', async () => {
    const text = 'hosts: [b.test:443]\nsecrets: [{ name: token, hosts: [b.test:443] }]\n';
    const { code, input, out } = await run(['set', await file(text, 'policy.yaml')]);
    expect(code).toBe(0);
    expect(out).toContain('at version 4 now');
    const secrets = [{ name: 'token', hosts: ['b.test:443'], header: 'authorization', reveal: false }];
    expect(input).toEqual({ expectedVersion: 3, hosts: ['b.test:443'], folders: [], secrets });
    const given = await run(['set', await file('{}', 'policy.json'), '--expected-version', '2', '--json']);
    expect(given.input).toMatchObject({ expectedVersion: 2, hosts: [] });
    expect(JSON.parse(given.out)).toMatchObject({ outcome: 'APPLIED', version: 4 });
  });

  it('tells a conflict and ends with 2', async () => {
    const { code, errors } = await run(['set', await file('{}')], { UpdatePolicy: conflict });
    expect(code).toBe(2);
    expect(errors).toContain('The policy is at version 4');
    expect(errors).toContain('iceos policy show');
  });

  it.each([
    ['hosts: [nonsense]', /\/hosts\/0: It must be a host and a port/],
    ['host: [a.test:1]', /host/],
    ['hosts: [', /neither YAML nor JSON/],
  ])('asks no server about %j', async (text, sentence) => {
    const { code, input, errors } = await run(['set', await file(text)]);
    expect([code, input]).toEqual([2, undefined]);
    expect(errors).toMatch(sentence);
  });
});

describe('iceos policy allow and forbid', () => {
  it.each<[readonly string[], object]>([
    [['allow', 'host', 'b.test:80'], { hosts: ['a.test:443', 'b.test:80'] }],
    [['allow', 'folder', 'more'], { folders: ['reports', 'more'] }],
    [
      ['allow', 'secret', 'pin', '--host', 'b.test:80', '--host', 'c.test:80', '--reveal'],
      {
        secrets: [SECRET, { name: 'pin', hosts: ['b.test:80', 'c.test:80'], header: 'authorization', reveal: true }],
      },
    ],
    [
      ['allow', 'secret', 'token', '--host', 'b.test:80'],
      { secrets: [{ ...SECRET, hosts: ['a.test:443', 'b.test:80'] }] },
    ],
    [['forbid', 'host', 'A.test:443'], { hosts: [] }],
    [['forbid', 'folder', 'reports'], { folders: [] }],
    [['forbid', 'secret', 'token'], { secrets: [] }],
  ])('%j changes that alone', async (args, change) => {
    const { code, input } = await run(args);
    expect(code).toBe(0);
    expect(input).toEqual({ expectedVersion: 3, ...CONTENT, ...change });
  });

  it('says when there is nothing to do, and when somebody else was quicker', async () => {
    const same = await run(['allow', 'folder', 'reports'], { UpdatePolicy: written('UNCHANGED') });
    expect([same.code, same.out]).toEqual([0, 'Nothing to change: the policy is at version 4.\n']);
    const { code, errors } = await run(['allow', 'folder', 'reports'], { UpdatePolicy: conflict });
    expect(code).toBe(2);
    expect(errors).toContain('Then try again');
  });

  it.each<[readonly string[], RegExp]>([
    [['allow', 'host', 'https://a.test'], /It must be a host and a port/],
    [['allow', 'network', 'x'], /Allowed choices are host, folder, secret/],
    [['allow', 'host', 'b.test:1', '--reveal'], /belong to a secret alone/],
    [['forbid', 'folder', 'other'], /The policy allows no folder "other"; it allows: reports/],
    [['forbid', 'host', 'nonsense'], /The policy allows no host/],
  ])('refuses %j', async (args, sentence) => {
    const { code, input, errors } = await run(args);
    expect([code, input]).toEqual([2, undefined]);
    expect(errors).toMatch(sentence);
  });
});
