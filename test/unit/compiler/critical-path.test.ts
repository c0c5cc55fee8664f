import { describe, expect, it } from 'vitest';
import { maxDurationMs } from '../../../src/compiler/critical-path.ts';
import { toPlan } from '../../../src/compiler/to-plan.ts';
import { code, documentOf, transform } from '../../support/rules.ts';

const takes = (timeoutMs: number, more: object = {}) => code({}, { limits: { timeoutMs }, ...more });
const planOf = (nodes: object) => toPlan(documentOf({ nodes }), 'x');

/** How long the only node may take. */
const durationOf = (node: object): number => {
  const [planned] = planOf({ only: node }).root.nodes;
  return planned === undefined ? Number.NaN : maxDurationMs(planned);
};

describe('the critical path', () => {
  it('is the chain that may take longest', () => {
    const nodes = {
      a: takes(10),
      b: takes(500),
      c: takes(100, { after: ['a'] }),
      d: takes(450, { after: ['c'] }),
      e: takes(1, { after: ['b'] }),
    };
    expect(planOf(nodes).criticalPath).toEqual(['a', 'c', 'd']);
  });

  it('is the longer of two that may take as long', () => {
    const nodes = { a: transform(1), b: transform('${ nodes.a.output }'), c: transform(1) };
    expect(planOf(nodes).criticalPath).toEqual(['a', 'b']);
  });

  it('leads through fallbacks', () => {
    const nodes = {
      a: takes(10, { onFailure: { fallback: 'b' } }),
      b: takes(10),
      c: transform('${ nodes.a.output }'),
      d: takes(15),
    };
    expect(planOf(nodes).criticalPath).toEqual(['a', 'b', 'c']);
  });
});

describe('how long a node may take', () => {
  it('counts all attempts and the delays between them', () => {
    const retry = { attempts: 4, delayMs: 10, maxDelayMs: 25 };
    expect(durationOf(takes(100, { retry: { ...retry, backoff: 'fixed' } }))).toBe(400 + 30);
    expect(durationOf(takes(100, { retry: { ...retry, backoff: 'linear' } }))).toBe(400 + 10 + 20 + 25);
    expect(durationOf(takes(100, { retry: { ...retry, backoff: 'exponential' } }))).toBe(400 + 10 + 20 + 25);
  });

  it('counts rounds of iterations and of branches', () => {
    const body = { nodes: { x: takes(10), y: takes(5, { after: ['x'] }) } };
    expect(durationOf({ kind: 'loop', items: '${ input }', maxIterations: 10, concurrency: 4, ...body })).toBe(3 * 15);
    expect(durationOf({ kind: 'parallel', branches: { a: body, b: {}, c: {} }, maxConcurrency: 2 })).toBe(2 * 15);
    expect(durationOf({ kind: 'parallel', branches: { a: body, b: {} } })).toBe(15);
    expect(durationOf({ kind: 'condition', branches: [{ when: 'true' }, { when: 'false', ...body }] })).toBe(15);
    expect(durationOf({ kind: 'loop', items: [1] })).toBe(0);
    expect(durationOf(transform(1))).toBe(0);
  });
});
