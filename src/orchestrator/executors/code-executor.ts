import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { EffectExecutor } from '../executor.ts';
import { logOf } from './log-of.ts';
import { toAttemptOutcome } from './sandbox-outcome.ts';

/** Runs given JavaScript in a fresh worker. Code nodes have no grants. */
export const createCodeExecutor = (sandbox: Sandbox): EffectExecutor<'code'> => ({
  effect: true,
  async run(node, attempt, signal) {
    const report = await sandbox.run(
      {
        program: { type: 'code', source: node.spec.source },
        input: attempt.input,
        limits: node.limits,
        idempotencyKey: attempt.idempotencyKey,
        grants: [],
        onLog: logOf(attempt),
      },
      signal,
    );
    return toAttemptOutcome(report);
  },
});
