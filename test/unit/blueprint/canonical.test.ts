import { describe, expect, it } from 'vitest';
import { fc, test } from '@fast-check/vitest';
import type { Json } from '../../../src/core/json.ts';
import { isJsonObject } from '../../../src/core/json.ts';
import { Blueprint } from '../../../src/blueprint/blueprint.ts';
import { canonicalBlueprint, canonicalText } from '../../../src/blueprint/canonical.ts';
import { fingerprintOf } from '../../../src/blueprint/fingerprint.ts';
import { arbitraryBlueprint } from '../../support/blueprints.ts';

const blueprint = (nodes: unknown, rest: object = {}): Blueprint => Blueprint.parse({ name: 'b', nodes, ...rest });
const code = { kind: 'code', source: 'return 1;' };
const plain = blueprint({ a: code, b: code });

/** Every object with its members in reverse. */
const reversed = (value: Json): Json => {
  if (Array.isArray(value)) return value.map((each: Json) => reversed(each));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, each]) => [name, reversed(each)]),
  );
};

describe('the fingerprint', () => {
  it.each<[string, Blueprint]>([
    ['the name', Blueprint.parse({ name: 'other', nodes: { a: code, b: code } })],
    ['the order of nodes', blueprint({ b: code, a: code })],
    ['an empty after', blueprint({ a: { ...code, after: [] }, b: code })],
    [
      'defaults of a node',
      blueprint({ a: { ...code, join: 'all', onFailure: 'fail', onAbandon: 'retry', input: {} }, b: code }),
    ],
    [
      'default limits',
      blueprint({
        a: {
          ...code,
          limits: { timeoutMs: 60_000, cpuMs: 120_000, memoryBytes: 268_435_456, outputBytes: 16_777_216 },
        },
        b: { ...code, limits: {} },
      }),
    ],
    [
      'default retries',
      blueprint({
        a: { ...code, retry: { attempts: 1, backoff: 'exponential', delayMs: 1_000, maxDelayMs: 60_000, jitter: 0.1 } },
        b: { ...code, retry: {} },
      }),
    ],
    ['an empty output, input and budget', blueprint({ a: code, b: code }, { output: null, input: {}, budget: {} })],
  ])('does not depend on %s', (_name, same) => {
    expect(fingerprintOf(same)).toBe(fingerprintOf(plain));
  });

  it.each<[string, unknown, unknown]>([
    ['${ } around a condition', { a: { ...code, when: '${ input.x }' } }, { a: { ...code, when: ' input.x ' } }],
    [
      'spaces in ${ }',
      { a: { kind: 'transform', output: { x: ['a ${input.x}'] } } },
      { a: { kind: 'transform', output: { x: ['a ${  input.x  }'] } } },
    ],
    [
      'the order of after',
      { a: code, b: code, c: { ...code, after: ['b', 'a', 'b'] } },
      { a: code, b: code, c: { ...code, after: ['a', 'b'] } },
    ],
    [
      'the order of failures',
      { a: { ...code, retry: { on: ['timedOut', 'threw'] } } },
      { a: { ...code, retry: { on: ['threw', 'timedOut', 'threw'] } } },
    ],
    [
      'the largest delay that follows',
      { a: { ...code, retry: { delayMs: 90_000 } } },
      { a: { ...code, retry: { delayMs: 90_000, maxDelayMs: 90_000 } } },
    ],
    [
      'defaults of a loop',
      { l: { kind: 'loop', items: [1] } },
      { l: { kind: 'loop', items: [1], as: 'item', concurrency: 1, maxIterations: 10_000, nodes: {}, output: null } },
    ],
    [
      'defaults of a parallel node',
      { p: { kind: 'parallel', branches: { x: {} } } },
      { p: { kind: 'parallel', merge: 'all', branches: { x: { nodes: {}, output: null } } } },
    ],
    [
      'defaults in branches',
      { c: { kind: 'condition', branches: [{ when: 'a' }], otherwise: {} } },
      { c: { kind: 'condition', branches: [{ when: '${a}', nodes: {} }], otherwise: { output: null } } },
    ],
    [
      'defaults at any depth',
      { l: { kind: 'loop', items: [], nodes: { a: code } } },
      { l: { kind: 'loop', items: [], nodes: { a: { ...code, join: 'all' } } } },
    ],
  ])('does not depend on %s', (_name, one, other) => {
    expect(fingerprintOf(blueprint(one))).toBe(fingerprintOf(blueprint(other)));
  });

  it.each<[string, unknown, object?]>([
    ['another source', { a: { ...code, source: 'return 2;' }, b: code }],
    ['another node name', { a: code, c: code }],
    ['an order between nodes', { a: code, b: { ...code, after: ['a'] } }],
    ['a retry', { a: { ...code, retry: { attempts: 2 } }, b: code }],
    ['a condition', { a: { ...code, when: 'true' }, b: code }],
    ['an output of null in a transform', { a: { kind: 'transform', output: null }, b: code }],
    ['a description', { a: code, b: code }, { description: 'x' }],
    ['an input schema', { a: code, b: code }, { input: { type: 'object' } }],
    ['an output', { a: code, b: code }, { output: 1 }],
  ])('depends on %s', (_name, nodes, rest = {}) => {
    expect(fingerprintOf(blueprint(nodes, rest))).not.toBe(fingerprintOf(plain));
  });

  it('is a SHA-256 in hex that stays the same from release to release', () => {
    expect(fingerprintOf(plain)).toBe('f2d6d9123f0b86a068bb3b650de1e7ad9c1056debbe354441404fb9320b022af');
  });

  it('takes a faulty condition as it is', () => {
    expect(canonicalBlueprint(blueprint({ a: { ...code, when: ' ${ open ' } }))).toEqual({
      nodes: { a: { ...code, when: '${ open' } },
    });
  });

  test.prop([arbitraryBlueprint(), fc.string()], { numRuns: 60 })('depends on no order of members', (sound) => {
    const turned = Blueprint.parse(reversed(JSON.parse(JSON.stringify(sound)) as Json));
    expect(fingerprintOf(turned)).toBe(fingerprintOf(sound));
  });

  test.prop([arbitraryBlueprint()], { numRuns: 60 })('is the same for the canonical form itself', (sound) => {
    const canonical = Blueprint.parse({ name: 'c', ...canonicalBlueprint(sound) });
    expect(canonicalText(canonicalBlueprint(canonical))).toBe(canonicalText(canonicalBlueprint(sound)));
  });
});
