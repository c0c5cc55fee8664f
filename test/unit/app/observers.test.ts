import { afterEach, describe, expect, it } from 'vitest';
import { createObservers } from '../../../src/app/observers.ts';
import { ExecutionId } from '../../../src/core/ids.ts';
import { DatabaseUnavailableError } from '../../../src/store/unavailable.ts';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics.ts';

const executionId = ExecutionId.parse('01890000-0000-7000-8000-000000000001');
const opened: Metrics[] = [];
afterEach(() => {
  for (const metrics of opened.splice(0)) metrics.close();
});

function scene() {
  const metrics = createMetrics();
  opened.push(metrics);
  const lines: string[] = [];
  const logger = createLogger({ level: 'warn', target: { write: (line) => lines.push(line) } });
  return { metrics, lines, observers: createObservers(metrics, logger) };
}

describe('A fault', () => {
  it('of an execution is logged with it, and counted for the orchestrator', async () => {
    const { metrics, lines, observers } = scene();
    observers.reportFault(new Error('It broke.'), { executionId });
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { executionId, err: { message: 'It broke.' } },
    ]);
    expect(await metrics.text()).toContain('iceos_unexpected_errors_total{part="orchestrator"} 1');
  });

  it('of a database that is away is a warning, and no bug', async () => {
    const { metrics, lines, observers } = scene();
    observers.reportFault(new DatabaseUnavailableError('away'), { executionId });
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([{ level: 'warn', executionId }]);
    expect(await metrics.text()).toContain('iceos_unexpected_errors_total{part="orchestrator"} 0');
  });
});
