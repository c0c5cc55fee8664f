import { describe, expect, it } from 'vitest';
import { DEFAULT_TENANT, ExecutionId } from '../../../src/core/ids.ts';
import { createExecutionValues } from '../../../src/orchestrator/execution-values.ts';
import { createValueStore } from '../../../src/store/value-store.ts';

const OF = { tenant: DEFAULT_TENANT, executionId: ExecutionId.parse('01890000-0000-7000-8000-000000000001') };
const ARTIFACT = { artifact: 'a'.repeat(64), bytes: 300_000 };

/** A database that does not answer, neither for artifacts nor for events. */
function whileAway(fail: (what: string) => Promise<never>) {
  const values = createValueStore({ put: () => fail('put'), get: () => fail('artifact') });
  return createExecutionValues({ values, events: { getEvents: () => fail('events') } });
}

describe('The values of an execution', () => {
  it('that cannot be read are one failure, and none that nobody hears', async () => {
    const unheard: unknown[] = [];
    const onUnheard = (error: unknown): void => void unheard.push(error);
    process.on('unhandledRejection', onUnheard);
    const values = whileAway(async (what) => {
      await Promise.resolve();
      throw new Error(`away: ${what}`);
    });
    await expect(values.loadAll(OF, [ARTIFACT, { sequence: 7 }], [])).rejects.toThrow('away: events');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onUnheard);
    expect(unheard).toEqual([]);
  });

  it('are kept in the event when they are surely small enough, whatever JSON makes of their characters', () => {
    const values = whileAway((what) => Promise.reject(new Error(what)));
    expect(values.keep(DEFAULT_TENANT, '\u0001'.repeat(100), 600)).toEqual({
      tooLarge: 'is 602 bytes as JSON; at most 600 are kept',
    });
    expect(values.keep(DEFAULT_TENANT, [1, 2, 3], 7)).toEqual({ inline: [1, 2, 3] });
    expect(values.keep(DEFAULT_TENANT, [1, 2, 3], 6)).toMatchObject({ tooLarge: expect.any(String) });
  });
});
