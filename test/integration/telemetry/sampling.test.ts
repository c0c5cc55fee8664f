import { afterEach, beforeEach, expect, it } from 'vitest';
import { openTracing } from '../../../src/telemetry/tracing.ts';
import { startTraceCollector, type TraceCollector } from '../../support/trace-collector.ts';

let collector: TraceCollector;
beforeEach(async () => {
  collector = await startTraceCollector();
});
afterEach(() => collector.close());

/** Ids whose draw is low and high: a share of a half keeps the one. */
const KEPT = `${'0'.repeat(24)}00000001`;
const DROPPED = `fffffffe${'0'.repeat(24)}`;
const SPAN = '00f067aa0ba902b7';

/** The spans of clients' traces that reach the collector. */
async function collectedOf(share: number, traceparents: readonly string[]): Promise<readonly string[]> {
  const { endpoint } = collector;
  const tracing = await openTracing({
    endpoint,
    serviceName: 'iceos',
    share,
    onFault: (said) => expect.unreachable(said),
  });
  for (const parent of traceparents) {
    const span = tracing.open('asked', { parent });
    // What is begun in it is kept or dropped with it.
    span.run(() => tracing.open('within').end('succeeded'));
    span.end('succeeded');
  }
  await tracing.close();
  return collector.spans.map(({ name, traceId, parentSpanId }) => {
    if (name === 'asked') expect(parentSpanId).toBe(SPAN);
    return `${name} ${traceId}`;
  });
}
const both = (id: string): readonly string[] => [`within ${id}`, `asked ${id}`];

it('keeps the share of the operator, whatever clients say of their traces', async () => {
  const asked = [KEPT, DROPPED].flatMap((id) => [`00-${id}-${SPAN}-00`, `00-${id}-${SPAN}-01`]);
  expect(await collectedOf(0.5, asked)).toEqual([...both(KEPT), ...both(KEPT)]);
});

it('lets no client have its traces collected where nothing is', async () => {
  expect(await collectedOf(0, [`00-${KEPT}-${SPAN}-01`])).toEqual([]);
});

it('lets no client hide its traces where all are collected', async () => {
  expect(await collectedOf(1, [`00-${DROPPED}-${SPAN}-00`])).toEqual(both(DROPPED));
});
