import { describe, expect, it } from 'vitest';
import type { StreamMessage } from '../../../src/live/follow-message.ts';
import { code, drive } from '../../support/drive.ts';
import { createLiveBench, type LiveBench } from '../../support/live.ts';

/** Two steps, of which the request and the start are committed. */
function benchOfTwo(): LiveBench {
  const { state, events } = drive({ a: code(), b: code({ after: ['a'] }) })
    .run('a', 'b')
    .record({ type: 'executionSucceeded', output: { inline: 'done' } });
  const bench = createLiveBench(state.plan, events);
  bench.commit(2, 'lost');
  return bench;
}

const eventsOf = (messages: readonly StreamMessage[]): readonly StreamMessage[] =>
  messages.filter(({ type }) => type === 'events');

describe('What readers hear together is made once', () => {
  it('also where they are behind by more than one commit, as all are whom a room lets go', async () => {
    const bench = benchOfTwo();
    const readers = [await bench.follow(), await bench.follow()];
    for (const reader of readers) await reader.pull();
    bench.commit(1, 'gift');
    bench.commit(1, 'gift');
    for (const reader of readers) await reader.drain();
    const [one, other] = readers.map(({ messages }) => eventsOf(messages));
    expect(one).toMatchObject([{ sequence: 4, events: [{ sequence: 3 }, { sequence: 4 }] }]);
    expect(other?.[0]).toBe(one?.[0]);
    bench.commit(1, 'gift');
    for (const reader of readers) await reader.drain();
    expect(eventsOf(readers[0]?.messages ?? [])[1]).toMatchObject({ sequence: 5, events: [{ sequence: 5 }] });
  });

  it('also by their filters, in whatever order these name what they want', async () => {
    const bench = benchOfTwo();
    const names = ['a', 'b'];
    const readers = [
      await bench.follow({ filter: { nodeNames: new Set(names) } }),
      await bench.follow({ filter: { nodeNames: new Set(names.toReversed()) } }),
      await bench.follow({ filter: { nodeNames: new Set(['b']) } }),
    ];
    for (const reader of readers) await reader.pull();
    bench.commit(2, 'gift');
    bench.commit(1, 'gift');
    for (const reader of readers) await reader.drain();
    const [one, other, third] = readers.map(({ messages }) => eventsOf(messages));
    expect(one).toMatchObject([{ events: [{ sequence: 3 }, { sequence: 4 }, { sequence: 5 }] }]);
    expect(other?.[0]).toBe(one?.[0]);
    expect(third).toMatchObject([{ events: [{ sequence: 5 }] }]);
  });
});
