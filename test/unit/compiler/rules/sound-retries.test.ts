import { describe, expect, it } from 'vitest';
import { soundRetries } from '../../../../src/compiler/rules/sound-retries.ts';
import { code, findingsOf } from '../../../support/rules.ts';

describe('sound-retries', () => {
  it('finds a first delay above the longest', () => {
    const nodes = {
      a: code({}, { retry: { attempts: 2, delayMs: 5_000, maxDelayMs: 1_000 } }),
      b: code({}, { retry: { attempts: 2, delayMs: 5_000 } }),
      c: code({}, { retry: { attempts: 2, delayMs: 5_000, maxDelayMs: 5_000 } }),
    };
    expect(findingsOf(soundRetries, { nodes })).toEqual([
      {
        path: '/nodes/a/retry/delayMs',
        message:
          'Node "a" retries after 5000 ms, but at most 1000 ms are allowed by "maxDelayMs". Lower one or raise the other.',
      },
    ]);
  });
});
