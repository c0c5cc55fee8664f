import type { FailureReason, Measured } from '../../execution/events.ts';
import type { SandboxReport } from '../../sandbox/sandbox.ts';
import type { SandboxOutcomeKind, SandboxReceipt } from '../../usage/receipt.ts';
import type { AttemptOutcome } from '../executor.ts';

interface FailureKind {
  readonly reason: FailureReason;
  /** Whether another attempt might end otherwise. */
  readonly retryable: boolean;
}

/**
 * What an end of a worker is to the author of a blueprint. Another attempt helps where chance or the machine had a part: not
 * where the same code with the same input meets the same limit or the same wall again. The receipt says the end itself.
 */
const FAILURES: Readonly<Record<Exclude<SandboxOutcomeKind, 'succeeded' | 'canceled' | 'threw'>, FailureKind>> = {
  timedOut: { reason: 'timedOut', retryable: true },
  cpuExceeded: { reason: 'limitReached', retryable: false },
  memoryExceeded: { reason: 'limitReached', retryable: false },
  outputExceeded: { reason: 'limitReached', retryable: false },
  processesExceeded: { reason: 'limitReached', retryable: false },
  diskExceeded: { reason: 'limitReached', retryable: false },
  // A client that is told "threw" acts as it should: it shows the sentence, and changes the code.
  policyViolated: { reason: 'threw', retryable: false },
  brokeProtocol: { reason: 'badOutput', retryable: false },
  // As an error that is thrown: most code does not say whether it is final.
  exited: { reason: 'threw', retryable: true },
  // A machine without memory kills what it finds.
  signaled: { reason: 'threw', retryable: true },
  // The platform's fault, most often before any foreign code ran.
  sandboxFailed: { reason: 'threw', retryable: true },
};

/** How the end of a worker reads as the outcome of an attempt. */
export function toAttemptOutcome({
  outcome,
  receipt,
}: SandboxReport): Exclude<AttemptOutcome, { readonly type: 'paused' }> {
  const measured = measuredOf(receipt);
  if (outcome.kind === 'succeeded') return { type: 'succeeded', output: outcome.output, ...measured };
  if (outcome.kind === 'canceled') return { type: 'aborted', ...measured };
  const { message } = outcome;
  const { reason, retryable }: FailureKind =
    outcome.kind === 'threw' ? { reason: 'threw', retryable: outcome.retryable } : FAILURES[outcome.kind];
  return { type: 'failed', failure: { reason, message, retryable }, ...measured };
}

/** To the microsecond, as the journal keeps what it is told: clocks give twelve digits more, which mean nothing. */
const measuredOf = (receipt: SandboxReceipt): Measured => ({
  receipt: {
    ...receipt,
    cpuMs: toMicrosecond(receipt.cpuMs),
    wallMs: toMicrosecond(receipt.wallMs),
    peakMemoryBytes: Math.round(receipt.peakMemoryBytes),
  },
});

const toMicrosecond = (ms: number): number => Math.round(ms * 1_000) / 1_000;
