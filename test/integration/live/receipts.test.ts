import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCli } from '../../../src/cli/program.ts';
import { data, scene as commandLine, type Scene } from '../../support/cli-scene.ts';
import { executionGlobalId, openLiveScene, type LiveScene } from '../../support/live-scene.ts';

const RECEIPT = `outcome deniedCall profile layer cgroup hasProc
  limits { timeoutMs cpuMs memoryBytes outputBytes processes scratchBytes }
  cpuMs wallMs peakMemoryBytes source reused bytesIn bytesOut hostCalls hostBytesSent hostBytesReceived grants`;
const READ = `query ($id: ID!) { execution(id: $id) { usage { cpuMs wallMs peakMemoryBytes } } }`;
const EVENTS = `query ($id: ID!) { execution(id: $id) { events(first: 100) { edges { node {
  ... on NodeEvent { path }
  ... on AttemptSucceeded { usage { wallMs } receipt { ${RECEIPT} } }
  ... on AttemptFailed { usage { wallMs } receipt { ${RECEIPT} } }
  ... on AttemptCanceled { usage { wallMs } receipt { ${RECEIPT} } }
} } } } }`;
const NODE = `query ($id: ID!) { node(id: $id) { ... on ExecutionNode { path usage { wallMs } receipt { ${RECEIPT} } } } }`;

const Receipt = z.looseObject({}).nullable();
const Events = z.object({
  events: z.object({
    edges: z.array(z.object({ node: z.object({ path: z.string().optional(), receipt: Receipt.optional() }) })),
  }),
});
const Node = z.object({ usage: z.object({ wallMs: z.number() }), receipt: Receipt });

describe('Receipts of attempts in the sandbox', () => {
  let live: LiveScene;
  let id: string;

  beforeAll(async () => {
    // With real workers.
    live = await openLiveScene({ executors: (own) => own });
    const retry = { attempts: 2, delayMs: 1 };
    const limits = { timeoutMs: 5_000, memoryBytes: 67_108_864 };
    const outcome = await live.app.run({
      name: 'receipts',
      nodes: {
        well: { kind: 'code', source: 'return input.n + 1;', input: { n: 1 }, limits },
        pure: { kind: 'transform', output: '${ nodes.well.output }' },
        each: { kind: 'loop', items: [1, 2], nodes: { x: { kind: 'code', source: 'return 1;' } } },
        ill: { kind: 'code', source: `throw new Error('no luck');`, retry, after: ['pure', 'each'] },
      },
    });
    expect(outcome.end).toBe('executionFailed');
    ({ id } = outcome);
  });
  afterAll(() => live.close());

  it('stand in the events of each attempt, and none in those of steps in the process', async () => {
    const { edges } = Events.parse(await live.field(EVENTS, { id: executionGlobalId(id) })).events;
    const found = edges.flatMap(({ node }) => (node.receipt === undefined ? [] : [node]));
    const well = expect.objectContaining({ outcome: 'SUCCEEDED', profile: 'JS', deniedCall: null });
    const ill = expect.objectContaining({ outcome: 'THREW', hostCalls: 0, grants: [] });
    expect(found.map(({ path, receipt }) => [path, receipt])).toEqual(
      expect.arrayContaining([
        ['well', well],
        ['pure', null],
        ['each[0].x', well],
        ['each[1].x', well],
        ['each', null],
        ['ill', ill],
      ]),
    );
    expect(found.filter(({ path }) => path === 'ill')).toHaveLength(2);
    expect(found.find(({ path }) => path === 'well')?.receipt).toMatchObject({
      limits: { timeoutMs: 5_000, cpuMs: 10_000, memoryBytes: 67_108_864, outputBytes: 16_777_216 },
    });
  });

  it('are shown with the node, and counted in its usage and in that of the execution', async () => {
    const nodeId = (path: string): string => Buffer.from(`ExecutionNode:${id}:${path}`).toString('base64url');
    const at = async (path: string) => Node.parse(await live.field(NODE, { id: nodeId(path) }));
    expect(await at('ill')).toMatchObject({ receipt: { outcome: 'THREW', limits: { timeoutMs: 60_000 } } });
    expect(await at('pure')).toMatchObject({ receipt: null, usage: { wallMs: 0 } });
    const each = await at('each');
    expect(each).toMatchObject({ receipt: null });
    expect(each.usage.wallMs).toBeGreaterThan(0);
    expect(await live.field(READ, { id: executionGlobalId(id) })).toMatchObject({
      usage: { wallMs: expect.toSatisfy((wallMs: number) => wallMs > each.usage.wallMs) },
    });
  });

  it('are counted', async () => {
    const text = await (await fetch(`${live.url}/metrics`)).text();
    expect(text).toContain('iceos_sandbox_runs_total{kind="code",profile="js",outcome="threw"} 2');
    expect(text).toContain('iceos_sandbox_runs_total{kind="code",profile="js",outcome="succeeded"} 3');
    expect(text).toContain('iceos_sandbox_wall_seconds_count{kind="code",profile="js"} 5');
    expect(text).toContain('iceos_sandbox_workers{state="live"} 0');
  });

  it('are listed by `iceos receipts`', async () => {
    const shown = (): Scene =>
      commandLine(
        { ListReceipts: data({}) },
        { fetch: globalThis.fetch, settings: { url: live.url, apiKey: live.key, dataDir: '/nowhere' } },
      );
    const text = shown();
    expect(await runCli(['receipts', executionGlobalId(id)], text.deps)).toBe(0);
    const [heading, ...rows] = text.out().trimEnd().split('\n');
    expect(heading).toMatch(/^node +attempt +outcome/);
    expect(rows).toHaveLength(5);
    expect(rows.at(-1)).toMatch(/^ill +2 +threw +(full|base|development) +js /);
    const json = shown();
    expect(await runCli(['receipts', executionGlobalId(id), '--json'], json.deps)).toBe(0);
    const lines = json
      .out()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ path, attempt }) => `${path} ${attempt}`).sort()).toEqual([
      ...['each[0].x 1', 'each[1].x 1', 'ill 1', 'ill 2', 'well 1'],
    ]);
    expect(lines[0]).toMatchObject({ at: expect.any(String), receipt: { source: expect.any(String) } });
  });
});
