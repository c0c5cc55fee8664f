import { describe, expect, it } from 'vitest';
import { historyLimit, MAX_HISTORY_EVENTS } from '../../../../src/compiler/rules/history-limit.ts';
import { MAX_EVENTS } from '../../../../src/execution/limits.ts';
import { code, findingsOf, transform } from '../../../support/rules.ts';

const loop = (maxIterations: number | undefined, nodes: object, items: unknown = '${ input.x }') => ({
  kind: 'loop',
  items,
  nodes,
  ...(maxIterations !== undefined && { maxIterations }),
});

describe('history-limit', () => {
  it('is the limit that executions have', () => {
    expect(MAX_HISTORY_EVENTS).toBe(MAX_EVENTS);
  });

  it('finds a loop that may write more events than an execution may have', () => {
    const nodes = { a: loop(20_000, { x: code(), y: code() }), b: loop(undefined, { z: transform(1) }) };
    expect(findingsOf(historyLimit, { nodes })).toEqual([
      {
        path: '/nodes/a',
        message:
          'Node "a" may write 100002 events, but an execution ends at 100000. Lower "maxIterations", or let each iteration do more at once.',
      },
    ]);
  });

  it('counts what is inside: loops in loops, branches, and the longest branch of a condition', () => {
    const both = { kind: 'parallel', branches: { a: { nodes: { p: code() } }, b: { nodes: { q: code() } } } };
    const choice = { kind: 'condition', branches: [{ when: 'input.x', nodes: { r: code() } }], otherwise: {} };
    const inner = loop(
      100,
      { both, choice },
      Array.from({ length: 50 }, () => 1),
    );
    const [found] = findingsOf(historyLimit, { nodes: { outer: loop(1_000, { inner }) } });
    expect(found?.message).toContain(`may write ${2 + 1_000 * (1 + 2 + 50 * (1 + 8 + 5))} events`);
  });
});
