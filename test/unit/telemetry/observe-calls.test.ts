import { afterEach, describe, expect, it } from 'vitest';
import { MOST_MODELS } from '../../../src/telemetry/describe-metric.ts';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts';
import { observeCalls } from '../../../src/telemetry/observe-calls.ts';

const opened: Metrics[] = [];
afterEach(() => {
  for (const metrics of opened.splice(0)) metrics.close();
});
function open(models: readonly string[]): Metrics {
  const metrics = createMetrics({ models });
  opened.push(metrics);
  return metrics;
}
const spent = { inputTokens: 1_000, outputTokens: 20, costUsdMicros: 2_500_000n };

describe('Calls of models', () => {
  it('are counted with their tokens and dollars, by the configured model', async () => {
    const metrics = open(['fast', 'small']);
    const observe = observeCalls(metrics);
    observe({ kind: 'llm', model: 'fast', outcome: 'answered', spent });
    observe({ kind: 'llm', model: 'fast', outcome: 'refused', spent: undefined });
    observe({ kind: 'embedding', model: 'small', outcome: 'failed', spent });
    const text = await metrics.text();
    expect(text).toContain('iceos_model_calls_total{kind="llm",outcome="answered"} 1');
    expect(text).toContain('iceos_model_calls_total{kind="llm",outcome="refused"} 1');
    expect(text).toContain('iceos_model_tokens_total{kind="llm",model="fast",direction="input"} 1000');
    expect(text).toContain('iceos_model_tokens_total{kind="llm",model="fast",direction="output"} 20');
    expect(text).toContain('iceos_model_cost_usd_total{kind="embedding",model="small"} 2.5');
  });

  it('of a model that is none of the first configured ones are those of another', async () => {
    const models = Array.from({ length: MOST_MODELS + 1 }, (_, n) => `model-${n}`);
    const metrics = open(models);
    const observe = observeCalls(metrics);
    for (const model of [`model-${MOST_MODELS}`, 'what a client may have sent'])
      observe({ kind: 'llm', model, outcome: 'answered', spent });
    const text = await metrics.text();
    expect(text).toContain('iceos_model_cost_usd_total{kind="llm",model="other"} 5');
    expect(text).not.toContain(`model="model-${MOST_MODELS}"`);
    expect(text).not.toContain('what a client');
  });

  it('does not count what agents remember', async () => {
    const metrics = open([]);
    observeCalls(metrics)({ kind: 'memory', model: 'notes', outcome: 'answered', spent });
    expect(await metrics.text()).not.toMatch(/^iceos_model_\S+ [1-9]/m);
  });
});
