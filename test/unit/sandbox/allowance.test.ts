import { describe, expect, it } from 'vitest';
import { createAllowance } from '../../../src/sandbox/allowance.ts';
import type { Grant } from '../../../src/sandbox/grant.ts';
import { DEFAULT_LIMITS } from '../../../src/usage/limits.ts';

const MIB = 2 ** 20;
const SMALL = { bytes: 100, values: 6 };
const HOST: Grant = { kind: 'host', host: 'a.test', port: 443 };
const allowance = (grants: readonly Grant[] = []) => createAllowance({ limits: DEFAULT_LIMITS, grants });

/** How many of these messages a call may send. */
function most(of: ReturnType<typeof allowance>, size: typeof SMALL): number {
  for (let count = 0; ; count += 1) if (of.countMessage(size) !== undefined) return count;
}

describe('what a call may send', () => {
  it('is bounded by the number of its messages', () => {
    const one = allowance();
    expect(most(one, SMALL)).toBe(20_000);
    expect(one.countMessage(SMALL)).toMatchObject({
      kind: 'brokeProtocol',
      message: expect.stringContaining('more than 20000 messages'),
    });
  });

  it('is bounded by their bytes: the output in base64, log lines, and requests where something is granted', () => {
    const frame = { bytes: MIB, values: 6 };
    expect([most(allowance(), frame), most(allowance([HOST]), frame)]).toEqual([56, 312]);
    const one = allowance();
    most(one, frame);
    expect(one.countMessage(frame)).toEqual({
      kind: 'outputExceeded',
      message: 'It sent more than 57344 KiB of output, log lines and host calls.',
    });
  });

  it('is bounded by their values, whether they came whole or in pieces', () => {
    expect(most(allowance(), { bytes: 400_000, values: 100_000 })).toBe(4);
    const one = allowance();
    expect(one.countMessage({ bytes: 100, values: 200_001 })).toBeUndefined();
    expect(one.countValues(200_000)).toMatchObject({
      kind: 'brokeProtocol',
      message: expect.stringContaining('more than 400000 values'),
    });
  });
});
