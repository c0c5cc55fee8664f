import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../src/sandbox/grant.ts';
import { redacting } from '../../../src/sandbox/redacting.ts';
import type { SandboxOutcome } from '../../../src/sandbox/sandbox.ts';
import { codeCall, never, someReceipt } from '../../support/sandbox.ts';

const VALUE = 'hunter2-hunter2';
const grants: readonly Grant[] = [{ kind: 'reveal', name: 'pin', read: () => VALUE }];

/** A worker that says the secret wherever it can. */
const telling = (outcome: SandboxOutcome) =>
  redacting({
    layer: 'full',
    run(call) {
      call.onLog?.({ level: 'info', message: `It is ${VALUE}.` });
      return Promise.resolve({ outcome, receipt: someReceipt() });
    },
    close: () => Promise.resolve(),
  });

describe('a sandbox that redacts', () => {
  it('takes secrets out of output, failures and log lines', async () => {
    const lines: string[] = [];
    const call = codeCall('', { grants, onLog: ({ message }) => lines.push(message) });
    const output = { [VALUE]: [VALUE, Buffer.from(`x${VALUE}`).toString('base64')] };
    const { outcome } = await telling({ kind: 'succeeded', output }).run(call, never());
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
    expect(JSON.stringify(outcome)).not.toContain(Buffer.from(VALUE).toString('base64').slice(4, 12));
    expect(lines).toEqual(['It is [redacted].']);
    const failed = await telling({ kind: 'threw', message: `no: ${VALUE}`, retryable: false }).run(call, never());
    expect(failed.outcome).toMatchObject({ kind: 'threw', message: 'no: [redacted]' });
  });

  it('leaves the calls without secrets as they are', async () => {
    const output = { text: VALUE };
    const { outcome } = await telling({ kind: 'succeeded', output }).run(codeCall(''), never());
    expect(outcome).toEqual({ kind: 'succeeded', output });
  });
});
