import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { createStyle, PLAIN } from '../../../src/cli/style.ts';
import { textWidth } from '../../../src/cli/text-width.ts';
import {
  emptyWatch,
  isOver,
  watchNext,
  type NodeStatus,
  type WatchedExecution,
  type WatchedNode,
  type WatchMessage,
  type WatchState,
} from '../../../src/cli/watch-state.ts';
import { isStill, progressBar, renderWatch, type Canvas } from '../../../src/cli/watch-view.ts';

const NOW = 1_000_000;
const canvas: Canvas = { columns: 80, rows: 24, now: NOW, style: PLAIN };

function node(path: string, status: NodeStatus, more: Partial<WatchedNode> = {}): WatchedNode {
  const attempt = status === 'BLOCKED' || status === 'READY' ? 0 : 1;
  const absent = {
    startedAt: undefined,
    finishedAt: undefined,
    retryAt: undefined,
    progress: undefined,
    failure: undefined,
  };
  return { path, kind: 'transform', status, attempt, ...absent, ...more };
}

function execution(more: Partial<WatchedExecution> = {}): WatchedExecution {
  const progress = { done: 2, total: 5 };
  return { status: 'RUNNING', progress, requestedAt: NOW - 4_200, finishedAt: undefined, failure: undefined, ...more };
}

const watch = (nodes: readonly WatchedNode[], more: Partial<WatchedExecution> = {}): WatchState =>
  watchNext(emptyWatch('licence-audit v3'), { type: 'snapshot', execution: execution(more), nodes });

describe('renderWatch', () => {
  it('shows the latest step of the agents that run, before what they say', () => {
    const nodes = [node('ask', 'RUNNING'), node('each', 'RUNNING'), node('again', 'RUNNING', { attempt: 2 })];
    const step = (path: string, text: string) => ({ path, attempt: 1, text });
    const shown = renderWatch(
      [
        { type: 'said', said: step('ask', 'It is') } as const,
        {
          ...({ type: 'events', execution: execution(), nodes: [] } as const),
          steps: [
            step('ask', 'turn 1 of ada'),
            step('ask', 'ada called recall'),
            step('each[3].ask', 'turn 1 of joan'),
          ],
        },
        { type: 'events', execution: execution(), nodes: [], steps: [step('again', 'turn 9 of ada')] } as const,
      ].reduce(watchNext, watch(nodes)),
      canvas,
    ).join('\n');
    expect(shown).toMatch(/ask +ada called recall {2}It is$/m);
    expect(shown).toMatch(/each +turn 1 of joan$/m);
    expect(shown).not.toContain('turn 9');
    expect(watchNext(watch(nodes), { type: 'events', execution: execution(), nodes: [] }).steps.size).toBe(0);
  });

  it('shows the last line that a running attempt said, of a loop that of any iteration', () => {
    const nodes = [node('ask', 'RUNNING'), node('each', 'RUNNING'), node('done', 'SUCCEEDED')];
    const said = (path: string, text: string, attempt = 1): WatchMessage => ({
      type: 'said',
      said: { path, attempt, text },
    });
    const messages = [
      said('ask', 'Once upon'),
      said('ask', ' a time\n'),
      said('each[0].step', 'first'),
      said('each[1].step', 'second\n\u001b[31mline'),
      said('done', 'not any more'),
    ];
    const shown = renderWatch(messages.reduce(watchNext, watch(nodes)), canvas).join('\n');
    expect(shown).toContain('Once upon a time');
    expect(shown).toMatch(/each .* \[31mline/);
    expect(shown).not.toContain('not any more');
    expect(shown).not.toContain('\u001b');
    const again = watchNext(watch(nodes), said('ask', 'anew', 2));
    expect(again.said.get('ask')?.text).toBe('anew');
  });

  it('shows the execution, and each node with state, time, attempts and progress', () => {
    const nodes = [
      node('read', 'SUCCEEDED', { startedAt: NOW - 4_000, finishedAt: NOW - 3_913 }),
      node('classify', 'RUNNING', { startedAt: NOW - 2_100, progress: { done: 7, total: 9 } }),
      node('fetch', 'WAITING', { attempt: 2, startedAt: NOW - 500, retryAt: NOW + 1_500, failure: 'socket hang up' }),
      node('decide', 'SUCCEEDED', { startedAt: NOW - 10, finishedAt: NOW }),
      node('decide.0.warn', 'SKIPPED'),
      node('report', 'BLOCKED'),
    ];
    expect(renderWatch(watch(nodes), canvas)).toEqual([
      'licence-audit v3                                           running  4.2 s  2/5',
      '',
      ' ✓ read      87 ms',
      ' ▶ classify  2.1 s      ███████████████░░░░░ 7/9',
      ' ↻ fetch     500 ms     attempt 2  again in 1.5 s  socket hang up',
      ' ✓ decide    10 ms',
      ' –   0.warn             skipped',
      ' · report',
    ]);
  });

  it('says that it waits for the server before the first message', () => {
    expect(renderWatch(emptyWatch('x'), canvas)[0]).toBe('x  waiting for the server');
  });

  it('says why the execution failed, in one line and without control characters', () => {
    const failed = watch([node('a', 'FAILED', { failure: 'bad\nline' })], {
      status: 'FAILED',
      failure: '\u001B[2J evil\nnext',
    });
    const lines = renderWatch(failed, canvas);
    expect(lines.at(-1)).toBe('  [2J evil next');
    expect(lines[2]).toContain('bad line');
  });

  it('says that the connection is lost until the next message', () => {
    const lost = watchNext(watch([]), { type: 'reconnecting' });
    expect(renderWatch(lost, canvas).join('\n')).toContain('no connection, trying again');
    const back = watchNext(lost, { type: 'events', execution: execution(), nodes: [] });
    expect(renderWatch(back, canvas).join('\n')).not.toContain('no connection');
  });

  it('keeps what runs or failed when there are more nodes than rows, and counts the rest', () => {
    const many = Array.from({ length: 50 }, (_, place) => node(`n${place}`, place < 40 ? 'SUCCEEDED' : 'BLOCKED'));
    const nodes = [node('broken', 'FAILED'), ...many, node('busy', 'RUNNING')];
    const lines = renderWatch(watch(nodes), { ...canvas, rows: 10 });
    expect(lines).toHaveLength(9);
    expect(lines.join('\n')).toMatch(/broken[\s\S]*n36[\s\S]*n39[\s\S]*busy/);
    expect(lines.at(-1)).toBe('  … and 36 succeeded, 10 blocked');
  });

  it('sets states off by colour where there are colours', () => {
    const coloured = renderWatch(watch([node('a', 'SUCCEEDED')]), { ...canvas, style: createStyle(true) });
    expect(coloured[2]).toContain('\u001B[32m');
  });

  test.prop([
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ min: 1, max: 60 }),
    fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 30 }),
  ])('never draws beyond the canvas, whatever the names and messages are', (columns, rows, texts) => {
    const nodes = texts.map((text, place) =>
      node(`${text}${place}`, place % 2 === 0 ? 'RUNNING' : 'FAILED', { failure: text }),
    );
    for (const line of renderWatch(watch(nodes), { ...canvas, columns, rows })) {
      expect(textWidth(line)).toBeLessThanOrEqual(columns);
      expect(line).not.toMatch(/[\n\r]/);
    }
  });
});

describe('watchNext', () => {
  it('updates what a batch touched and keeps the order', () => {
    const state = watchNext(watch([node('a', 'RUNNING'), node('b', 'BLOCKED')]), {
      type: 'events',
      execution: execution({ status: 'SUCCEEDED' }),
      nodes: [node('a', 'SUCCEEDED'), node('c', 'READY')],
    });
    expect([...state.nodes.values()].map(({ path, status }) => `${path} ${status}`)).toEqual([
      'a SUCCEEDED',
      'b BLOCKED',
      'c READY',
    ]);
    expect(isStill(state)).toBe(true);
  });

  it('drops what a snapshot does not hold', () => {
    const state = watchNext(watch([node('a', 'RUNNING')]), { type: 'snapshot', execution: execution(), nodes: [] });
    expect(state.nodes.size).toBe(0);
    expect(isStill(state)).toBe(false);
    expect(isOver('CANCELED')).toBe(true);
  });
});

describe('progressBar', () => {
  it('is full only when all is done', () => {
    expect(progressBar({ done: 999, total: 1_000 }, 10)).toBe('█████████░ 999/1000');
    expect(progressBar({ done: 1_000, total: 1_000 }, 10)).toBe('██████████ 1000/1000');
  });
});
