import { describe, expect, it } from 'vitest';
import { createFailedAttempts } from '../../../src/gateway/failed-attempts.ts';
import { createManualClock } from '../../support/manual-clock.ts';

describe('Failed attempts', () => {
  it('are so many of each address in a minute, and say when there may be others', () => {
    const clock = createManualClock();
    const failed = createFailedAttempts({
      ...{ maxFailedAuthentications: 2, maxFailedAddresses: 10 },
      monotonicMs: clock.monotonicMs,
    });
    expect([failed.count('a'), failed.count('a')]).toEqual([undefined, undefined]);
    clock.advance(20_000);
    expect([failed.count('a'), failed.count('a'), failed.count('b')]).toEqual([40_000, 40_000, undefined]);
    clock.advance(40_000);
    expect([failed.count('a'), failed.count('a'), failed.count('a')]).toEqual([undefined, undefined, 60_000]);
  });

  it('are kept of so many addresses; the one that has failed longest ago is forgotten', () => {
    const failed = createFailedAttempts({
      ...{ maxFailedAuthentications: 1, maxFailedAddresses: 2 },
      monotonicMs: () => 0,
    });
    for (const address of ['a', 'b', 'a']) failed.count(address);
    failed.count('c');
    expect(failed.count('a')).toBe(60_000);
    expect(failed.count('b')).toBeUndefined();
  });
});
