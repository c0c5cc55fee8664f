import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/program.ts';
import { data, scene } from '../../support/cli-scene.ts';

const MIB = 1_048_576;
const limits = {
  timeoutMs: 1_000,
  cpuMs: 2_000,
  memoryBytes: 64 * MIB,
  outputBytes: MIB,
  processes: 64,
  scratchBytes: 0,
};
const receipt = {
  ...{ outcome: 'SUCCEEDED', deniedCall: null, profile: 'JS', layer: 'FULL', cgroup: null, hasProc: true, limits },
  ...{ cpuMs: 12, wallMs: 1_250, peakMemoryBytes: 48 * MIB, source: 'SUPERVISOR', reused: false },
  ...{ bytesIn: 10, bytesOut: 20, hostCalls: 3, hostBytesSent: 4, hostBytesReceived: 5, grants: ['folder lockfiles'] },
};
const at = '2026-01-01T00:00:00Z';
const denied = { ...receipt, outcome: 'POLICY_VIOLATED', deniedCall: 'ptrace', layer: 'BASE', hostCalls: 0 };
const never = {
  ...receipt,
  outcome: 'SANDBOX_FAILED',
  source: 'NONE',
  cpuMs: 0,
  wallMs: 0,
  peakMemoryBytes: 0,
  hostCalls: 0,
};

const page = (nodes: readonly object[], endCursor: string | null = null): unknown =>
  data({
    execution: {
      events: { edges: nodes.map((node) => ({ node })), pageInfo: { hasNextPage: endCursor !== null, endCursor } },
    },
  });
const NODES = [
  { at, path: 'fetch', attempt: 1, receipt: never },
  { at, path: 'fetch', attempt: 2, receipt: denied },
  // Of a step in the server, and the end.
  { at, path: 'sum', attempt: 1, receipt: null },
  { at },
];

describe('iceos receipts', () => {
  it('shows a row for each attempt that ran in the sandbox', async () => {
    const { deps, asked, out } = scene({ ListReceipts: page([...NODES, { at, path: 'l[3].x', attempt: 1, receipt }]) });
    expect(await runCli(['receipts', 'e1'], deps)).toBe(0);
    expect(asked[0]?.variables).toEqual({ id: 'e1', after: null });
    expect(out()).toBe(
      [
        'node    attempt  outcome          layer  profile  cpu    wall   peak/limit  host calls  denied call',
        'fetch   1        sandbox failed   full   js       -      0 ms   -/64 MiB    0',
        'fetch   2        policy violated  base   js       12 ms  1.3 s  48/64 MiB   0           ptrace',
        'l[3].x  1        succeeded        full   js       12 ms  1.3 s  48/64 MiB   3',
        '',
      ].join('\n'),
    );
  });

  it('gives JSON lines with all fields, page after page', async () => {
    const answers = [
      page([{ at, path: 'a', attempt: 1, receipt }], 'c1'),
      page([{ at, path: 'b', attempt: 1, receipt: denied }]),
    ];
    const played = scene();
    const places: unknown[] = [];
    const fetch: typeof globalThis.fetch = async (_input, init) => {
      places.push(JSON.parse(typeof init?.body === 'string' ? init.body : '{}').variables.after);
      return new Response(JSON.stringify(answers[places.length - 1]));
    };
    expect(await runCli(['receipts', 'e1', '--json'], { ...played.deps, fetch })).toBe(0);
    expect(places).toEqual([null, 'c1']);
    const lines = played.out().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { path: 'a', attempt: 1, at, receipt },
      { path: 'b', attempt: 1, at, receipt: denied },
    ]);
  });

  it('says that there is none', async () => {
    const { deps, out, errors } = scene({ ListReceipts: page([{ at, path: 'sum', attempt: 1, receipt: null }]) });
    expect(await runCli(['receipts', 'e1'], deps)).toBe(0);
    expect(out()).toBe('');
    expect(errors()).toContain('there is no receipt');
  });

  it('ends with 2 when there is no such execution', async () => {
    const { deps, errors } = scene({ ListReceipts: data({ execution: null }) });
    expect(await runCli(['receipts', 'e9'], deps)).toBe(2);
    expect(errors()).toContain('no execution with the ID "e9"');
  });
});
