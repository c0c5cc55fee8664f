import { describe, expect, it } from 'vitest';
import type { Estimate } from '../../../src/compiler/estimate.ts';
import { estimateLine } from '../../../src/cli/estimate-line.ts';
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
    const { deps, out } = scene({}, { examine: async () => ({ issues: [issue], warnings: [], estimate: undefined }) });
    expect(await runCli(['validate', await file(SOUND), '--json'], deps)).toBe(2);
    expect(JSON.parse(out())).toMatchObject({ name: 'flow', issues: [{ ...issue, line: 3 }] });
  });

  it('says what an execution takes, and what to look at all the same', async () => {
    const likely = (least: bigint, most: bigint) => ({ least, likely: (least + most) / 2n, most });
    const estimate: Estimate = {
      calls: likely(0n, 2n),
      inputTokens: likely(0n, 12_000n),
      outputTokens: { least: 5n, likely: 5n, most: 5n },
      costUsdMicros: { least: 0n, likely: undefined, most: 1_500_000n },
      wallMs: { least: 0n, likely: undefined, most: 60_000n },
      room: { usdMicros: 7n, node: 'one' },
      unpriced: [],
    };
    const warnings = [{ rule: 'budget-feasible', path: '/nodes', message: 'Too little.' }];
    const { deps, out, errors } = scene({}, { examine: async () => ({ issues: [], warnings, estimate }) });
    expect(await runCli(['validate', await file(SOUND)], deps)).toBe(0);
    expect(out()).toContain(
      'An execution makes 0 to 2 (likely 1) calls of models, reads 0 to 12,000 (likely 6,000) and writes 5 tokens, ' +
        'and costs $0.000000 to $1.500000, in at most 1 min 0 s.',
    );
    expect(errors()).toMatch(/flow\.yaml:2:\d+: warning: Too little\./);
    const asJson = scene({}, { examine: async () => ({ issues: [], warnings, estimate }) });
    expect(await runCli(['validate', await file(SOUND), '--json'], asJson.deps)).toBe(0);
    expect(JSON.parse(asJson.out())).toMatchObject({
      warnings: [{ line: 2 }],
      estimate: { costUsdMicros: { least: '0', likely: null, most: '1500000' }, roomUsdMicros: '7' },
    });
    expect(estimateLine({ ...estimate, unpriced: ['fast'] })).toContain(
      'costs nobody knows what, as fast has no price',
    );
    expect(estimateLine({ ...estimate, calls: likely(0n, 0n) })).toBe(
      'An execution calls no model, in at most 1 min 0 s.',
    );
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
