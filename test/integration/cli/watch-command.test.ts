import { afterEach, describe, expect, it } from 'vitest';
import type { CliDeps } from '../../../src/cli/cli-deps.ts';
import { runCli } from '../../../src/cli/program.ts';
import { data, scene, type Scene } from '../../support/cli-scene.ts';
import { closeServers, end, events, serverPlaying, type Subscription } from '../../support/scripted-server.ts';

afterEach(closeServers);

const execution = {
  id: 'e1',
  status: 'SUCCEEDED',
  startCursor: 'c0',
  output: 42,
  progress: { done: 1, total: 1 },
  requestedAt: '2026-01-01T00:00:00Z',
  finishedAt: '2026-01-01T00:00:01Z',
  failure: null,
  revision: { name: 'flow', version: 3 },
};

/** `iceos watch` in front of a server that plays one subscription. */
async function watching(
  play: (subscription: Subscription) => void,
  { status = 'SUCCEEDED', ...more }: Partial<CliDeps> & { readonly status?: string } = {},
): Promise<Scene> {
  const settings = { url: await serverPlaying(play), apiKey: 'ice_key', dataDir: '/nowhere' };
  return scene({ FindExecution: data({ execution: { ...execution, status } }) }, { settings, ...more });
}

describe('iceos watch', () => {
  it('gives lines from the first event on, the output, and the exit code of the outcome', async () => {
    const places: (string | null)[] = [];
    const { deps, out } = await watching((subscription) => {
      places.push(subscription.after);
      subscription.next(events('c1', 'EXECUTION_STARTED'));
      subscription.next(end('c2'));
    });
    expect(await runCli(['watch', 'e1'], deps)).toBe(0);
    expect(places).toEqual(['c0']);
    expect(out().split('\n').slice(-2)).toEqual(['42', '']);
  });

  it.each([
    ['FAILED', 1],
    ['CANCELED', 3],
  ])('ends %s with %d', async (status, code) => {
    const { deps } = await watching((subscription) => subscription.next(end('c2')), { status });
    expect(await runCli(['watch', 'e1', '--json'], deps)).toBe(code);
  });

  it('draws the live view for people, from now on', async () => {
    const places: (string | null)[] = [];
    const { terminal } = scene().deps;
    const written: string[] = [];
    const { deps } = await watching(
      (subscription) => {
        places.push(subscription.after);
        subscription.next(end('c2'));
      },
      { terminal: { ...terminal, interactive: true, out: (text) => void written.push(text) } },
    );
    expect(await runCli(['watch', 'e1'], deps)).toBe(0);
    expect(places).toEqual([null]);
    expect(written.join('')).toContain('flow v3');
    expect(written.join('')).toContain('succeeded');
  });

  it('says how to go on after Ctrl-C', async () => {
    const controller = new AbortController();
    const { deps, errors } = await watching(
      (subscription) => {
        subscription.next(events('c1', 'EXECUTION_STARTED'));
        subscription.next(events('c2', 'ATTEMPT_STARTED'));
        subscription.next({
          __typename: 'ExecutionDelta',
          path: 'a',
          attempt: 1,
          channel: 'LOG',
          offset: 0,
          text: 'x',
        });
        controller.abort();
      },
      { signal: controller.signal, status: 'RUNNING' },
    );
    expect(await runCli(['watch', 'e1', '--after', 'c0'], deps)).toBe(130);
    expect(errors()).toMatch(/iceos watch e1 --after c[012]\nStop it: iceos cancel e1/);
  });

  it('ends with 2 when there is no such execution', async () => {
    const { deps, errors } = scene({ FindExecution: data({ execution: null }) });
    expect(await runCli(['watch', 'nobody'], deps)).toBe(2);
    expect(errors()).toContain('iceos list');
  });
});

describe('iceos start --watch', () => {
  it('follows what it started', async () => {
    const url = await serverPlaying((subscription) => subscription.next(end('c2')));
    const started = { __typename: 'StartExecutionSuccess', created: true, execution };
    const { deps, out } = scene(
      {
        FindBlueprint: data({ blueprint: { id: 'b', version: 3 } }),
        StartExecution: data({ startExecution: started }),
        FindExecution: data({ execution }),
      },
      { settings: { url, apiKey: 'ice_key', dataDir: '/nowhere' } },
    );
    expect(await runCli(['start', 'flow', '--watch', '--plain'], deps)).toBe(0);
    expect(out()).toContain('42');
  });
});
