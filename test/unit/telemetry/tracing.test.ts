import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { inSpan, withTraceIds, type OpenSpan } from '../../../src/telemetry/tracing.ts';

describe('lines of the log', () => {
  it('name the trace within which they are written, and none outside', () => {
    const lines: string[] = [];
    const tracing: { traceparent: string | undefined } = { traceparent: undefined };
    const plain = createLogger({ level: 'debug', target: { write: (line) => lines.push(line) } });
    const logger = withTraceIds(plain, tracing);
    logger.info('before');
    tracing.traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    logger.warn('within', { executionId: 'e1' });
    logger.child({ part: 'store' }).error('deeper');
    const said = lines.map((line): unknown => JSON.parse(line));
    expect(said[0]).not.toHaveProperty('traceId');
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect(said.slice(1)).toMatchObject([
      { msg: 'within', executionId: 'e1', traceId },
      { msg: 'deeper', part: 'store', traceId },
    ]);
  });
});

describe('inSpan', () => {
  it('ends the span once, also when the work throws', async () => {
    const ends: string[] = [];
    const span: OpenSpan = { run: (work) => work(), end: (outcome) => ends.push(outcome) };
    expect(await inSpan(span, () => Promise.resolve(7), String)).toBe(7);
    await expect(inSpan(span, () => Promise.reject(new Error('no')), String)).rejects.toThrow('no');
    expect(ends).toEqual(['7', 'failed']);
    expect(await inSpan(undefined, () => Promise.resolve(7), String)).toBe(7);
  });
});
