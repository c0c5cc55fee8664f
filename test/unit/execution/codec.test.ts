import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromNewerRow, fromRow, toRow } from '../../../src/execution/codec.ts';
import { EVENT_TYPE_CODES, type ExecutionEvent } from '../../../src/execution/events.ts';
import { eventOfEachType } from './each-event.ts';

const succeeded = (output: unknown): ExecutionEvent => ({
  ...{ type: 'attemptSucceeded', sequence: 2, at: 5, path: 'a', attempt: 1 },
  // fast-check's JSON is ours.
  output: { inline: output as never },
});

describe('an event in the journal', () => {
  it('comes back as it was, of each type', () => {
    const events = eventOfEachType();
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(Object.keys(EVENT_TYPE_CODES)));
    for (const event of events) expect(fromRow(toRow(event))).toEqual(event);
  });

  it('comes back with any value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        // JSON knows no negative zero.
        const event = succeeded(JSON.parse(JSON.stringify(value)));
        expect(fromRow(toRow(event))).toEqual(event);
      }),
    );
  });

  it('has a payload that a text column takes, also with NUL and lone surrogates', () => {
    const event = succeeded({ 'a\u0000': '\ud800 \udfff \u0000 😀' });
    const row = toRow(event);
    expect(row.payload).toBe(String.raw`{"output":{"inline":{"a\u0000":"\ud800 \udfff \u0000 😀"}}}`);
    expect(Buffer.from(row.payload ?? '').toString()).toBe(row.payload);
    expect(fromRow(row)).toEqual(event);
  });

  it('keeps in the payload only what has no column', () => {
    expect(toRow({ type: 'attemptStarted', sequence: 2, at: 5, path: 'a', attempt: 1 })).toEqual({
      ...{ sequence: 2, at: 5, type: 3, path: 'a', attempt: 1, payload: null },
    });
    expect(toRow({ type: 'cancelRequested', sequence: 2, at: 5, requestedBy: 'me' })).toEqual({
      ...{ sequence: 2, at: 5, type: 11, path: null, attempt: null, payload: '{"requestedBy":"me"}' },
    });
  });

  it('is unknown when a newer release wrote it', () => {
    const row = { sequence: 9, at: 5, type: 99, path: 'a', attempt: null, payload: '{"new":1}' };
    expect(fromRow(row)).toEqual({ type: 'unknown', sequence: 9, at: 5 });
  });

  it('is shown without what this release does not know when a newer one wrote it', () => {
    for (const event of eventOfEachType()) {
      const row = toRow(event);
      const rest: object = JSON.parse(row.payload ?? '{}');
      const newer = { ...row, payload: JSON.stringify({ ...rest, more: { deep: 1 } }) };
      expect(() => fromRow(newer)).toThrow('more');
      expect(fromNewerRow(newer)).toEqual(event);
    }
    const nested = '{"failure":{"reason":"threw","message":"m","retryable":true,"more":1},"usage":{"more":1}}';
    const failed = { sequence: 9, at: 5, type: 13, path: null, attempt: null };
    expect(fromNewerRow({ ...failed, payload: nested })).toEqual({
      ...{ type: 'executionFailed', sequence: 9, at: 5 },
      failure: { reason: 'threw', message: 'm', retryable: true },
    });
    expect(fromNewerRow({ ...failed, payload: nested.replace('threw', 'newReason') })).toEqual({
      ...{ type: 'unknown', sequence: 9, at: 5 },
    });
  });

  it('of a type that came later is unknown to readers of newer rows too', () => {
    const row = { sequence: 9, at: 5, type: 999, path: null, attempt: null, payload: null };
    expect(fromNewerRow(row)).toEqual({ type: 'unknown', sequence: 9, at: 5 });
  });

  it('is refused when it is damaged, with its place', () => {
    const row = { sequence: 9, at: 5, type: 4, path: null, attempt: 1, payload: '{"output":{}}' };
    expect(() => fromRow(row)).toThrow(/Event 9 \(attemptSucceeded\) of the journal is damaged:[^]*path/);
    expect(() => fromRow({ ...row, path: 'a', payload: '{"output":{"inline":1},"more":1}' })).toThrow('more');
    expect(() => fromRow({ ...row, path: 'a', payload: 'null' })).toThrow('output');
  });
});

describe('the numbers of the types', () => {
  it('never change', () => {
    expect(EVENT_TYPE_CODES).toMatchInlineSnapshot(`
      {
        "agentTurned": 19,
        "attemptAbandoned": 6,
        "attemptCanceled": 7,
        "attemptFailed": 5,
        "attemptStarted": 3,
        "attemptSucceeded": 4,
        "bodySucceeded": 10,
        "cancelRequested": 11,
        "executionCanceled": 14,
        "executionFailed": 13,
        "executionPaused": 16,
        "executionRequested": 1,
        "executionResumed": 18,
        "executionStarted": 2,
        "executionSucceeded": 12,
        "nodeFailed": 8,
        "nodeSkipped": 9,
        "noteWritten": 24,
        "pastRecalled": 25,
        "pauseRequested": 15,
        "resumeRequested": 17,
        "roundEnded": 23,
        "taskHandedOver": 21,
        "toolCalled": 20,
        "voteCast": 22,
      }
    `);
  });
});
