import { describe, expect, it } from 'vitest';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { NO_TOKENS } from '../../../src/usage/tokens.ts';
import { createFollowUsage, type UsageNews } from '../../../src/use-cases/follow-usage.ts';
import type { Viewer } from '../../../src/use-cases/viewer.ts';
import { code, drive } from '../../support/drive.ts';
import { createLiveBench, EXECUTION_ID, settled } from '../../support/live.ts';

const viewer: Viewer = { tenant: DEFAULT_TENANT, subject: 'Ada', scopes: new Set(['executions:read']) };
const FOLLOWERS = 500;
const GATHER_MS = 100;

describe('The followers of what one root execution costs', () => {
  it('share each reading of the sums, and hear the budget as it is now', async () => {
    const { state, events } = drive({ a: code(), b: code() }, { budget: { maxCostUsdMicros: 7 } })
      .begin('a', 'b')
      .succeed('a')
      .succeed('b')
      .record({ type: 'executionSucceeded', output: { inline: null } });
    const bench = createLiveBench(state.plan, events);
    bench.commit(4, 'lost');
    let readings = 0;
    let spentUsdMicros = 0n;
    const follow = createFollowUsage({
      views: bench.views,
      clock: bench.clock,
      gatherMs: GATHER_MS,
      pollIntervalMs: 1_000,
      ledgerReads: {
        rootOf: async () => EXECUTION_ID,
        async running() {
          readings += 1;
          const sums = { ...NO_TOKENS, calls: 0, estimatedCalls: 0, reservedUsdMicros: 0n, spentUsdMicros };
          return { rootExecutionId: EXECUTION_ID, ...sums, maxCostUsdMicros: undefined };
        },
      },
    });

    const heard: UsageNews[][] = [];
    const ended = Array.from({ length: FOLLOWERS }, async (_, place) => {
      const news: UsageNews[] = [];
      heard[place] = news;
      for await (const one of follow(viewer, EXECUTION_ID)) news.push(one);
    });
    await settled();
    expect(readings).toBe(1);
    for (const cost of [1n, 2n, 3n]) {
      spentUsdMicros = cost;
      bench.commit(1, 'gift');
      await settled();
      bench.clock.advance(GATHER_MS);
      await settled();
    }
    await Promise.all(ended);
    expect(readings).toBe(4);
    for (const news of heard) {
      expect(news.map((one) => one.type === 'usage' && one.usage.spentUsdMicros)).toEqual([0n, 1n, 2n, 3n]);
      expect(news.every((one) => one.type === 'usage' && one.usage.maxCostUsdMicros === 7n)).toBe(true);
    }
    await bench.close();
  });
});
