import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RESIDENT_VALUE_BYTES } from '../../../src/usage/limits.ts';
import { toStoredValue, valueIn } from '../../../src/execution/values.ts';
import { requested } from '../../support/drive.ts';
import type { RecordedEvent } from '../../../src/execution/events.ts';
import { eventOfEachType } from './each-event.ts';

describe('where a value is kept', () => {
  it('is the state while it is small', () => {
    expect(toStoredValue({ inline: { a: [1, true, null, 'x'] } }, 7)).toEqual({ value: { a: [1, true, null, 'x'] } });
  });

  it('is its event when it is large, in a string, in a list or in an object', () => {
    const large = 'x'.repeat(RESIDENT_VALUE_BYTES);
    for (const inline of [large, [1, [large]], { a: { b: large } }, Array(1_000).fill(12), { [large]: 1 }]) {
      expect(toStoredValue({ inline }, 7)).toEqual({ sequence: 7 });
    }
  });

  it('is its artifact when it has one', () => {
    expect(toStoredValue({ artifact: 'a'.repeat(64), bytes: 9 }, 7)).toEqual({ artifact: 'a'.repeat(64), bytes: 9 });
  });

  it('is never the state for what is several times as large as the state keeps', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (inline) => {
        const bytes = JSON.stringify(inline).length;
        // fast-check's JSON is ours.
        const stored = toStoredValue({ inline: inline as never }, 7);
        if (bytes > 8 * RESIDENT_VALUE_BYTES) expect(stored).toEqual({ sequence: 7 });
        if (bytes < RESIDENT_VALUE_BYTES / 8) expect(stored).toEqual({ value: inline });
      }),
    );
  });
});

describe('the value of an event', () => {
  it('is its input, its items or its output', () => {
    const values = eventOfEachType().flatMap((event) => {
      const value = valueIn(event);
      return value === undefined ? [] : [[event.type, value]];
    });
    expect(values).toEqual([
      ['executionRequested', { inline: { n: 1 } }],
      ['attemptStarted', { inline: [1] }],
      ['attemptSucceeded', { inline: 'done' }],
      ['bodySucceeded', { artifact: 'a'.repeat(64), bytes: 300_000 }],
      ['agentTurned', { inline: { text: 'Hm.', toolCalls: [] } }],
      ['toolCalled', { inline: 'x' }],
      ['taskHandedOver', { inline: 'Look.' }],
      ['noteWritten', { inline: 'v' }],
      ['pastRecalled', { inline: ['Before.'] }],
      ['executionSucceeded', { inline: null }],
    ]);
  });

  it('is none of an event of a newer release, nor of one that opens nothing', () => {
    const unknown: RecordedEvent = { type: 'unknown', sequence: 2, at: 1 };
    expect(valueIn(unknown)).toBeUndefined();
    expect(valueIn({ type: 'attemptStarted', sequence: 2, at: 1, path: 'a', attempt: 1 })).toBeUndefined();
    expect(valueIn(requested('x'))).toEqual({ inline: 'x' });
  });
});
