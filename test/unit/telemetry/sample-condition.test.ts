import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { sampleCondition } from '../../../src/telemetry/sample-condition.ts';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const opened: Metrics[] = [];
afterEach(() => {
  for (const metrics of opened.splice(0)) metrics.close();
});

function scene() {
  const metrics = createMetrics();
  opened.push(metrics);
  const clock = createManualClock();
  const state = { isAway: false, isSilent: false, asked: 0 };
  sampleCondition(metrics, {
    clock,
    async read() {
      state.asked += 1;
      if (state.isSilent) await new Promise<never>(() => undefined);
      if (state.isAway) throw new Error('away');
      return { oldestDueMs: 2_500, orchestratorsAlive: 2, ledgerMismatches: 1 };
    },
  });
  return { metrics, state, clock };
}

describe('The condition of the database', () => {
  it('is read when the metrics are, and no more often than each five seconds', async () => {
    const { metrics, state, clock } = scene();
    const text = await metrics.text();
    expect(text).toContain('iceos_database_up 1');
    expect(text).toContain('iceos_oldest_due_execution_seconds 2.5');
    expect(text).toContain('iceos_orchestrators_alive 2');
    expect(text).toContain('iceos_ledger_mismatches 1');
    clock.advance(4_999);
    await metrics.text();
    expect(state.asked).toBe(1);
    clock.advance(1);
    await metrics.text();
    expect(state.asked).toBe(2);
  });

  it('is no number while it does not answer, and the metrics are there all the same', async () => {
    const { metrics, state } = scene();
    state.isAway = true;
    const text = await metrics.text();
    expect(text).toContain('iceos_database_up 0');
    expect(text).toMatch(/^iceos_oldest_due_execution_seconds NaN$/im);
    expect(text).toMatch(/^iceos_orchestrators_alive NaN$/im);
    state.isAway = false;
    expect(await metrics.text()).toContain('iceos_database_up 1');
  });

  it('is not waited for longer than two seconds, and not asked for again while it is silent', async () => {
    const { metrics, state, clock } = scene();
    state.isSilent = true;
    for (let scrape = 0; scrape < 3; scrape += 1) {
      const text = metrics.text();
      await settled();
      clock.advance(2_000);
      expect(await text).toContain('iceos_database_up 0');
    }
    expect(state.asked).toBe(1);
  });
});
