import { describe, expect, it } from 'vitest';
import { atMost, buckets, count, quantile, rate, series } from '../../../src/telemetry/promql.ts';

describe('A question to Prometheus', () => {
  it('names a metric as it is scraped, with some of its labels', () => {
    expect(series('executionsRunning')).toBe('iceos_executions_running');
    expect(series('executionsFinished', { status: 'failed' })).toBe('iceos_executions_finished_total{status="failed"}');
    expect(series('operations', { type: 'query', outcome: ['failed', 'unavailable'] })).toBe(
      'iceos_operations_total{type="query", outcome=~"failed|unavailable"}',
    );
  });

  it('names the parts of a histogram', () => {
    expect(buckets('claimDelay')).toBe('iceos_claim_delay_seconds_bucket');
    expect(count('operationDuration', { type: 'query' })).toBe('iceos_operation_duration_seconds_count{type="query"}');
    expect(quantile(0.99, 'claimDelay', '5m')).toBe(
      'histogram_quantile(0.99, sum by (le) (rate(iceos_claim_delay_seconds_bucket[5m])))',
    );
    expect(rate(series('leasesLost'), '1h')).toBe('sum (rate(iceos_leases_lost_total[1h]))');
  });

  it('is refused at a bucket that there is not', () => {
    expect(atMost('claimDelay', 5)).toBe('iceos_claim_delay_seconds_bucket{le="5"}');
    expect(() => atMost('claimDelay', 5.5)).toThrow(
      /iceos_claim_delay_seconds has no bucket for 5\.5\. It has 0\.005, /,
    );
  });
});
