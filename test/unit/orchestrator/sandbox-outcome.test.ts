import { describe, expect, it } from 'vitest';
import { toAttemptOutcome } from '../../../src/orchestrator/executors/sandbox-outcome.ts';
import type { SandboxOutcome } from '../../../src/sandbox/sandbox.ts';
import { SANDBOX_OUTCOMES, type SandboxOutcomeKind } from '../../../src/usage/receipt.ts';
import { someReceipt } from '../../support/sandbox.ts';

/** Every end, and what it is to the author of a blueprint: a new one does not compile until it stands here. */
const EXPECTED: Readonly<Record<SandboxOutcomeKind, string>> = {
  succeeded: 'succeeded',
  threw: 'failed: threw, final',
  exited: 'failed: threw, retryable',
  signaled: 'failed: threw, retryable',
  timedOut: 'failed: timedOut, retryable',
  cpuExceeded: 'failed: limitReached, final',
  memoryExceeded: 'failed: limitReached, final',
  outputExceeded: 'failed: limitReached, final',
  processesExceeded: 'failed: limitReached, final',
  diskExceeded: 'failed: limitReached, final',
  policyViolated: 'failed: threw, final',
  brokeProtocol: 'failed: badOutput, final',
  canceled: 'aborted',
  sandboxFailed: 'failed: threw, retryable',
};

function endOf(kind: SandboxOutcomeKind): SandboxOutcome {
  if (kind === 'succeeded') return { kind, output: 7 };
  return kind === 'threw' ? { kind, message: 'Why.', retryable: false } : { kind, message: 'Why.' };
}

describe('toAttemptOutcome', () => {
  it.each(SANDBOX_OUTCOMES)('reads %s', (kind) => {
    const receipt = someReceipt({ outcome: kind });
    const outcome = toAttemptOutcome({ outcome: endOf(kind), receipt });
    const { type } = outcome;
    const failure =
      outcome.type === 'failed'
        ? `: ${outcome.failure.reason}, ${outcome.failure.retryable ? 'retryable' : 'final'}`
        : '';
    expect(`${type}${failure}`).toBe(EXPECTED[kind]);
    if (outcome.type === 'failed') expect(outcome.failure.message).toBe('Why.');
    if (outcome.type === 'succeeded') expect(outcome.output).toBe(7);
    expect(outcome.receipt).toEqual(receipt);
    // It is in the receipt.
    expect(outcome).not.toHaveProperty('usage');
  });

  it('lets code say whether what it threw is final', () => {
    const outcome: SandboxOutcome = { kind: 'threw', message: 'busy', retryable: true };
    expect(toAttemptOutcome({ outcome, receipt: someReceipt({ outcome: 'threw' }) })).toMatchObject({
      failure: { reason: 'threw', message: 'busy', retryable: true },
    });
  });

  it('keeps what was measured to the microsecond and the byte', () => {
    const receipt = someReceipt({ cpuMs: 1.23456789, wallMs: 0.1 + 0.2, peakMemoryBytes: 1_024.4 });
    expect(toAttemptOutcome({ outcome: { kind: 'succeeded', output: null }, receipt }).receipt).toMatchObject({
      ...{ cpuMs: 1.235, wallMs: 0.3, peakMemoryBytes: 1_024 },
    });
  });
});
