import { describe, expect, it } from 'vitest';
import { ASKING_ID, createWorkerIds, WORKER_ID_RANGE } from '../../../src/sandbox/worker-ids.ts';

describe('the users of workers', () => {
  it('are a thousand of the range for a server that is root, each of one worker at a time', () => {
    const ids = createWorkerIds(true);
    const taken = Array.from({ length: 1_000 }, () => ids.take() ?? 0);
    expect(new Set(taken).size).toBe(1_000);
    expect(Math.min(...taken)).toBeGreaterThanOrEqual(WORKER_ID_RANGE.from);
    expect(Math.max(...taken)).toBeLessThan(ASKING_ID);
    expect(() => ids.take()).toThrow('All users for workers are taken.');
    ids.give(taken[0]);
    expect(ids.take()).toBe(taken[0]);
  });

  it('are none for any other server', () => {
    expect(createWorkerIds(false).take()).toBeUndefined();
  });

  it('stay where no system has its own', () => {
    expect({ ...WORKER_ID_RANGE, asking: ASKING_ID }).toEqual({
      from: 1_879_048_192,
      to: 2_079_048_192,
      asking: 2_079_048_191,
    });
  });
});
