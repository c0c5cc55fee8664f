import { describe, expect, it } from 'vitest';
import { effectiveSettings } from '../../../../src/compiler/rules/effective-settings.ts';
import { code, findingsOf, transform } from '../../../support/rules.ts';

describe('effective-settings', () => {
  it('finds settings of attempts on nodes that make none', () => {
    const settings = {
      retry: { attempts: 2 },
      onAbandon: 'fail',
      limits: { timeoutMs: 1, memoryBytes: 16_777_216, outputBytes: 5 },
    };
    const found = findingsOf(effectiveSettings, {
      nodes: { a: transform(1, settings), b: { kind: 'loop', items: [1], ...settings } },
    });
    expect(found.map(({ path }) => path)).toEqual(
      ['a', 'b'].flatMap((name) =>
        ['retry', 'onAbandon', 'limits/timeoutMs', 'limits/memoryBytes'].map((part) => `/nodes/${name}/${part}`),
      ),
    );
    expect(found.map(({ message }) => message).filter((_, at) => at === 2 || at === 4)).toEqual([
      '"limits.timeoutMs" of "a" has no effect: expressions give the same result each time, within a bounded number of steps.',
      '"retry" of "b" has no effect: a loop node makes no attempt itself. Set it on the nodes inside.',
    ]);
  });

  it('finds a retry that allows one attempt', () => {
    const nodes = {
      a: code({}, { retry: { delayMs: 5 } }),
      b: code({}, { retry: { attempts: 2 }, limits: { timeoutMs: 1 } }),
    };
    expect(findingsOf(effectiveSettings, { nodes })).toEqual([
      {
        path: '/nodes/a/retry',
        message: '"retry" of "a" has no effect: one attempt is all there is. Set "retry.attempts" to 2 or more.',
      },
    ]);
  });
});
