import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { data, file, scene, SOUND } from '../../support/cli-scene.ts';

describe('iceos --help', () => {
  it('teaches with examples and exit codes, and ends well', async () => {
    const { deps, out } = scene();
    expect(await runCli(['--help'], deps)).toBe(0);
    for (const text of ['iceos publish examples/', 'Exit codes:', 'validate', 'ICEOS_URL'])
      expect(out()).toContain(text);
    expect(await runCli(['start', '--help'], deps)).toBe(0);
    expect(out()).toContain('iceos start hello-world --input');
  });

  it('answers --version', async () => {
    const { deps, out } = scene();
    expect(await runCli(['--version'], deps)).toBe(0);
    expect(out()).toBe('1.2.3\n');
  });

  it.each([[['strat']], [['start']], [['start', 'x', '--blueprint-version', '0']], [['list', '--status', 'happy']]])(
    'ends with 2 for %j and says what is wrong',
    async (args) => {
      const { deps, errors } = scene();
      expect(await runCli(args, deps)).toBe(2);
      expect(errors()).toContain('error:');
    },
  );
});

describe('iceos serve', () => {
  it('hands its options to the server', async () => {
    const { deps, served } = scene();
    expect(await runCli(['serve', '--port', '0', '--role', 'gateway'], deps)).toBe(0);
    expect(served).toEqual([{ host: undefined, port: '0', role: 'gateway' }]);
  });
});

describe('iceos validate', () => {
  it('says that a sound file is sound, without a server', async () => {
    const { deps, out, asked } = scene();
    expect(await runCli(['validate', await file(SOUND)], deps)).toBe(0);
    expect(out()).toContain('is sound: flow, 1 node');
    expect(asked).toEqual([]);
  });

  it('prints each fault with its place', async () => {
    const { deps, errors } = scene();
    const name = await file('name: flow\nnodes:\n  one: { kind: nothing }\n');
    expect(await runCli(['validate', name], deps)).toBe(2);
    expect(errors()).toMatch(/flow\.yaml:3:\d+: /);
  });

  it('prints what the compiler finds, as JSON when asked', async () => {
    const issue = { rule: 'no-cycles', path: '/nodes/one', message: 'a cycle' };
    const { deps, out } = scene({}, { findIssues: async () => [issue] });
    expect(await runCli(['validate', await file(SOUND), '--json'], deps)).toBe(2);
    expect(JSON.parse(out())).toMatchObject({ name: 'flow', issues: [{ ...issue, line: 3 }] });
  });

  it('says when there is no such file', async () => {
    const { deps, errors } = scene();
    expect(await runCli(['validate', '/nowhere/x.yaml'], deps)).toBe(2);
    expect(errors()).toContain('there is no such file');
  });
});

describe('iceos publish', () => {
  const success = {
    __typename: 'PublishBlueprintSuccess',
    outcome: 'APPLIED',
    blueprint: { version: 2, publishedRevision: { version: 1 } },
  };

  it('creates what is not there and publishes it', async () => {
    const { deps, asked, out } = scene({
      FindBlueprint: data({ blueprint: null }),
      CreateBlueprint: data({
        createBlueprint: { __typename: 'CreateBlueprintSuccess', blueprint: { id: 'b', version: 1 } },
      }),
      PublishBlueprint: data({ publishBlueprint: success }),
    });
    expect(await runCli(['publish', await file(SOUND)], deps)).toBe(0);
    expect(asked.map(({ operation }) => operation)).toEqual(['FindBlueprint', 'CreateBlueprint', 'PublishBlueprint']);
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer ice_key');
    expect(asked[1]?.variables).toEqual({ input: { source: SOUND } });
    expect(out()).toContain('flow is published as it is in version 1 (created); it is at version 2 now.');
  });

  it('changes what is there under the version lock, and merges when asked', async () => {
    const { deps, asked, out } = scene({
      FindBlueprint: data({ blueprint: { id: 'b', version: 9 } }),
      UpdateBlueprint: data({
        updateBlueprint: {
          __typename: 'UpdateBlueprintSuccess',
          outcome: 'MERGED',
          blueprint: { id: 'b', version: 10 },
        },
      }),
    });
    const args = ['publish', await file(SOUND), '--expected-version', '7', '--merge', '--draft', '--json'];
    expect(await runCli(args, deps)).toBe(0);
    const input = { id: 'b', expectedVersion: 7, onConflict: 'MERGE', edits: [{ replace: SOUND }] };
    expect(asked[1]?.variables).toEqual({ input });
    expect(JSON.parse(out())).toEqual({ name: 'flow', id: 'b', version: 10, outcome: 'MERGED' });
  });

  it('tells a conflict and ends with 2', async () => {
    const { deps, errors } = scene({
      FindBlueprint: data({ blueprint: { id: 'b', version: 9 } }),
      UpdateBlueprint: data({ updateBlueprint: { __typename: 'VersionConflict', message: 'Somebody wrote first.' } }),
    });
    expect(await runCli(['publish', await file(SOUND)], deps)).toBe(2);
    expect(errors()).toContain('Somebody wrote first.');
  });

  it('asks no server for a file that is not sound', async () => {
    const { deps, asked } = scene();
    expect(await runCli(['publish', await file('nonsense')], deps)).toBe(2);
    expect(asked).toEqual([]);
  });
});
