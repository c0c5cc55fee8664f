import type { SandboxReport } from '../../sandbox/sandbox.ts';
import type { FailureReason } from '../../execution/events.ts';
import { assertNever } from '../../core/assert-never.ts';
import type { AttemptOutcome } from '../executor.ts';

/** How the end of a worker reads as the outcome of an attempt. */
export function toAttemptOutcome(report: SandboxReport): AttemptOutcome {
  const { outcome, receipt } = report;
  const { cpuMs, wallMs, peakMemoryBytes } = receipt;
  const usage = { cpuMs, wallMs, peakMemoryBytes };
  const failed = (reason: FailureReason, retryable: boolean, message: string): AttemptOutcome => ({
    type: 'failed',
    failure: { reason, message, retryable },
    usage,
  });
  switch (outcome.kind) {
    case 'succeeded':
      return { type: 'succeeded', output: outcome.output, usage };
    case 'canceled':
      return { type: 'aborted', usage };
    case 'threw':
      return failed('threw', outcome.retryable, outcome.message);
    case 'timedOut':
      return failed('timedOut', true, outcome.message);
    case 'cpuExceeded':
    case 'memoryExceeded':
    case 'outputExceeded':
    case 'processesExceeded':
    case 'diskExceeded':
      return failed('limitReached', false, outcome.message);
    case 'policyViolated':
      return failed('threw', false, outcome.message);
    case 'brokeProtocol':
      return failed('badOutput', false, outcome.message);
    case 'signaled':
    case 'exited':
    case 'sandboxFailed':
      return failed('threw', true, outcome.message);
    default:
      return assertNever(outcome);
  }
}
