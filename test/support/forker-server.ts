import { codeCall, never } from './sandbox.ts';
import { confinedLaunching } from './confined.ts';
import { createHostCalls } from '../../src/sandbox/host-calls/host-calls.ts';
import { createEgress } from '../../src/egress/egress.ts';
import { createProcessSandbox } from '../../src/sandbox/process-sandbox.ts';

// A server that makes a call and says how it ended, and another when it is interrupted, as one that drains; then it waits to be
// terminated.

const sandbox = createProcessSandbox({
  launching: await confinedLaunching('base'),
  hostCalls: createHostCalls({ egress: createEgress() }),
  warmWorkers: 0,
});
const call = async (): Promise<void> => {
  const { outcome } = await sandbox.run(codeCall('return 1;'), never());
  console.log(outcome.kind);
};

process.on('SIGINT', () => void call());
process.on('SIGTERM', () => void sandbox.close().then(() => process.exit(0)));
// It waits for that.
setInterval(() => undefined, 60_000);
await call();
