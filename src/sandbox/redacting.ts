import { secretValues } from './grant.ts';
import { createRedactor, type Redactor } from './redact.ts';
import type { Sandbox, SandboxCall, SandboxOutcome } from './sandbox.ts';

/** A sandbox whose calls cannot say the secrets that they were granted: not in output, failure or log lines. */
export const redacting = (sandbox: Sandbox): Sandbox => ({
  layer: sandbox.layer,
  async run(call, signal) {
    const redactor = createRedactor(secretValues(call.grants));
    const report = await sandbox.run(withoutSecrets(call, redactor), signal);
    return { ...report, outcome: redacted(report.outcome, redactor) };
  },
  close: () => sandbox.close(),
});

function withoutSecrets(call: SandboxCall, redactor: Redactor): SandboxCall {
  const { onLog } = call;
  if (onLog === undefined) return call;
  return { ...call, onLog: ({ level, message }) => onLog({ level, message: redactor.text(message) }) };
}

const redacted = (outcome: SandboxOutcome, redactor: Redactor): SandboxOutcome =>
  outcome.kind === 'succeeded'
    ? { ...outcome, output: redactor.json(outcome.output) }
    : { ...outcome, message: redactor.text(outcome.message) };
