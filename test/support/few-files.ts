import { closeSync, openSync } from 'node:fs';
import { codeCall, never } from './sandbox.ts';
import { confinedLaunching } from './confined.ts';
import { createHostCalls } from '../../src/sandbox/host-calls/host-calls.ts';
import { createEgress } from '../../src/egress/egress.ts';
import { createProcessSandbox } from '../../src/sandbox/process-sandbox.ts';

// A server that has no file descriptor left when it starts its first worker, and has some again later. Says how both calls ended.

const sandbox = createProcessSandbox({
  launching: await confinedLaunching('base'),
  hostCalls: createHostCalls({ egress: createEgress() }),
  warmWorkers: 0,
});
const call = async (): Promise<string> => {
  const { outcome } = await sandbox.run(codeCall('return 1;'), never());
  return `${outcome.kind} ${'message' in outcome ? outcome.message : ''}`;
};

const taken: number[] = [];
for (;;) {
  try {
    taken.push(openSync('/dev/null', 'r'));
  } catch {
    break;
  }
}
const without = await call();
for (const each of taken) closeSync(each);
console.log(JSON.stringify([without, await call()]));
await sandbox.close();
