import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromRow, toRow, type EventRow } from '../../../src/execution/codec.ts';
import { usageOf, type ExecutionEvent } from '../../../src/execution/events.ts';
import { RecordedReceipt, toRecordedReceipt } from '../../../src/execution/recorded-receipt.ts';
import { SANDBOX_OUTCOMES, USAGE_SOURCES, type SandboxReceipt } from '../../../src/usage/receipt.ts';
import { someReceipt } from '../../support/sandbox.ts';

const count = (): fc.Arbitrary<number> => fc.oneof(fc.constant(0), fc.constant(64), fc.maxSafeNat());
const measure = (): fc.Arbitrary<number> => fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true }));
const limits = (): fc.Arbitrary<SandboxReceipt['limits']> =>
  fc.oneof(
    fc.constant(someReceipt().limits),
    fc.record({
      ...{ timeoutMs: count(), cpuMs: count(), memoryBytes: count(), outputBytes: count() },
      ...{ processes: count(), scratchBytes: count() },
    }),
  );
const receipts = (): fc.Arbitrary<SandboxReceipt> =>
  fc
    .record(
      {
        profile: fc.constantFrom('js', 'shell'),
        layer: fc.constantFrom('development', 'base', 'full'),
        cgroup: fc.constantFrom('v1', 'v2'),
        hasProc: fc.boolean(),
        limits: limits(),
        ...{ cpuMs: measure(), wallMs: measure(), peakMemoryBytes: measure() },
        source: fc.constantFrom(...USAGE_SOURCES),
        reused: fc.boolean(),
        ...{ bytesIn: count(), bytesOut: count(), hostCalls: count() },
        ...{ hostBytesSent: count(), hostBytesReceived: count() },
        outcome: fc.constantFrom(...SANDBOX_OUTCOMES),
        deniedCall: fc.string({ maxLength: 64 }),
        grants: fc.array(fc.string(), { maxLength: 3 }),
      },
      { noNullPrototype: true, requiredKeys: REQUIRED },
    )
    // JSON knows no negative zero.
    .map((receipt) => JSON.parse(JSON.stringify(receipt)));
const REQUIRED = [
  ...(['profile', 'layer', 'limits', 'cpuMs', 'wallMs', 'peakMemoryBytes', 'source', 'reused', 'bytesIn'] as const),
  ...(['bytesOut', 'hostCalls', 'hostBytesSent', 'hostBytesReceived', 'outcome', 'grants'] as const),
];

const failed = (receipt: SandboxReceipt): ExecutionEvent => ({
  ...{ type: 'attemptFailed', sequence: 5, at: 7, path: 'a', attempt: 1, receipt },
  failure: { reason: 'threw', message: 'It broke.', retryable: true },
});

describe('a receipt in the journal', () => {
  it('comes back as it was, whatever it says', () => {
    fc.assert(
      fc.property(receipts(), (receipt) => {
        expect(fromRow(toRow(failed(receipt)))).toEqual(failed(receipt));
      }),
    );
  });

  it('leaves out what most receipts say, and is not much longer than the usage that it stands for', () => {
    const usual = someReceipt({
      cpuMs: 12.345,
      wallMs: 45.678,
      peakMemoryBytes: 52_428_800,
      bytesIn: 512,
      bytesOut: 96,
    });
    const { cpuMs, wallMs, peakMemoryBytes } = usual;
    expect(toRecordedReceipt(usual)).toEqual({ cpuMs, wallMs, peakMemoryBytes, bytesIn: 512, bytesOut: 96 });
    const bytes = JSON.stringify(toRecordedReceipt(usual)).length;
    expect(bytes).toBeLessThan(JSON.stringify({ cpuMs, wallMs, peakMemoryBytes }).length + 40);
    expect(bytes).toBeLessThan(JSON.stringify(usual).length / 4);
  });

  it('names a limit only where it is none of the usual ones', () => {
    const { limits: usual } = someReceipt();
    expect(toRecordedReceipt(someReceipt({ limits: { ...usual, timeoutMs: 1_000, cpuMs: 2_000 } }))).toMatchObject({
      limits: { timeoutMs: 1_000, cpuMs: 2_000 },
    });
    expect(toRecordedReceipt(someReceipt())).not.toHaveProperty('limits');
  });

  it('is refused when it is damaged', () => {
    for (const damaged of [{}, { wallMs: 1, peakMemoryBytes: -1 }, { wallMs: 1, peakMemoryBytes: 1, profile: 'root' }])
      expect(RecordedReceipt.safeParse(damaged).success).toBe(false);
  });
});

const FAILURE = '"failure":{"reason":"threw","message":"no","retryable":true}';
const row = (payload: string): EventRow => ({ sequence: 5, at: 7, type: 5, path: 'a', attempt: 1, payload });

// As they lie in journals: what these rows say may never change.
describe('rows of earlier releases', () => {
  it('have a usage and no receipt, or neither', () => {
    const old = fromRow(row(`{${FAILURE},"usage":{"cpuMs":1.5,"wallMs":2,"peakMemoryBytes":3}}`));
    expect(old).toMatchObject({ type: 'attemptFailed', usage: { cpuMs: 1.5, wallMs: 2, peakMemoryBytes: 3 } });
    expect(old).not.toHaveProperty('receipt');
    expect(fromRow(row(`{${FAILURE}}`))).not.toHaveProperty('usage');
  });

  it('have what the short form leaves out', () => {
    const short = fromRow(row(`{${FAILURE},"receipt":{"wallMs":2,"peakMemoryBytes":3,"limits":{"timeoutMs":9}}}`));
    expect(short).toMatchObject({
      receipt: {
        ...{ profile: 'js', layer: 'full', source: 'supervisor', reused: false, outcome: 'succeeded', grants: [] },
        limits: {
          ...{ timeoutMs: 9, cpuMs: 120_000, memoryBytes: 268_435_456, outputBytes: 16_777_216 },
          ...{ processes: 64, scratchBytes: 67_108_864 },
        },
        ...{ cpuMs: 0, wallMs: 2, peakMemoryBytes: 3, bytesIn: 0, bytesOut: 0 },
        ...{ hostCalls: 0, hostBytesSent: 0, hostBytesReceived: 0 },
      },
    });
  });
});

describe('usageOf', () => {
  it('reads the usage where it stands, and else the receipt', () => {
    const usage = { cpuMs: 1, wallMs: 2, peakMemoryBytes: 3 };
    expect(usageOf({ usage })).toEqual({ ...usage, inputTokens: 0, outputTokens: 0, costUsdMicros: 0n });
    const spent = { inputTokens: 4, outputTokens: 5, costUsdMicros: 6 };
    expect(usageOf({ usage: { ...usage, ...spent } })).toEqual({ ...usage, ...spent, costUsdMicros: 6n });
    expect(usageOf({ receipt: someReceipt(usage) })).toMatchObject(usage);
    expect(usageOf({})).toBeUndefined();
  });
});
