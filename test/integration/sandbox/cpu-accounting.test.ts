import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEgress } from '../../../src/egress/egress.ts';
import { askKernel } from '../../../src/sandbox/ask-kernel.ts';
import { findGroups } from '../../../src/sandbox/cgroup.ts';
import { createHostCalls } from '../../../src/sandbox/host-calls/host-calls.ts';
import { createProcessSandbox } from '../../../src/sandbox/process-sandbox.ts';
import { findLauncher } from '../../../src/sandbox/launcher-file.ts';
import type { SandboxReport } from '../../../src/sandbox/sandbox.ts';
import { readProcess } from '../../../src/sandbox/proc.ts';
import { createWorker } from '../../../src/sandbox/worker-process.ts';
import { confinedLaunching, LAUNCHERS, SMALL_CLASS } from '../../support/confined.ts';
import { findCpuCounter } from '../../support/cpu-counter.ts';
import { codeCall, never } from '../../support/sandbox.ts';

const counter = await findCpuCounter();
const found = await findGroups();
const countingGroups = found.ok && found.value.countsCpu ? found.value : undefined;
/** Of no worker. */
const ID = 2_079_048_190;

/** What a worker's own start and end take, which belong to no call. */
const START_MS = 1_000;
/** In itself 5 %; the clock and the counter of a kernel tick 250 times a second. */
const TOLERANCE = { share: 0.05, ms: 20 };

/** Each of the hundred starts one program more, and none lives long enough to be seen by somebody who looks now and then. */
const SHORT_CHILDREN = `i=0
while [ $i -lt 100 ]; do head -c 200000 /dev/urandom | cksum > /dev/null; i=$((i + 1)); done
echo $i`;

/** Its parent and grandparent have ended; the call ends it while it runs. */
const ORPHAN = `import os, time
if os.fork() == 0:
  if os.fork() == 0:
    while True: pass
  os._exit(0)
os.wait()
time.sleep(0.6)
print(1)`;

/** The kernel reaps what it starts, and forgets what that used. */
const UNSEEN = `import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for each in range(50):
  child = os.fork()
  if child == 0:
    while time.process_time() < 0.02: pass
    os._exit(0)
  try: os.waitpid(child, 0)
  except ChildProcessError: pass
print(1)`;

/** Says how much its own children used, as the kernel counts it for who waits for them. */
const KNOWN = `import os, sys
for each in range(20):
  child = os.fork()
  if child == 0:
    while os.times().user + os.times().system < 0.02: pass
    os._exit(0)
  os.waitpid(child, 0)
times = os.times()
print(round(1000 * (times.children_user + times.children_system)))`;

interface Counted extends SandboxReport {
  /** Of the whole tree, from its first instruction to its end. */
  readonly supervisorMs: number;
  /** The same by the kernel's counter, and the part of it since the worker was ready. */
  readonly counterMs: number;
  readonly sinceReadyMs: number;
}

describe.runIf(process.platform === 'linux')('The processor time of a tool in another language', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-test-'));
    await chmod(folder, 0o755); // a worker of a server that is root is another user
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function count(source: string, runtime: 'sh' | 'python3', { groups = counter?.groups } = {}): Promise<Counted> {
    const entry = `${source.length}.${runtime}`;
    await writeFile(path.join(folder, entry), source);
    const launching = await confinedLaunching('full', { groups });
    let readyMs = 0;
    let supervisorMs = 0;
    const sandbox = createProcessSandbox({
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
      launching: {
        ...launching,
        async launch(wanted) {
          const launched = await launching.launch(wanted);
          return {
            ...launched,
            async rest() {
              readyMs = (await counter?.read()) ?? 0;
              return launched.rest();
            },
            async end() {
              const removal = await launched.end();
              supervisorMs = removal.used?.cpuMs ?? 0;
              return removal;
            },
          };
        },
      },
    });
    const program = { type: 'tool', name: 'a.tool', version: '1.0.0', folder, entry, runtime, tenant: 'one' } as const;
    const report = await sandbox.run({ ...codeCall(''), program }, never());
    await sandbox.close();
    const counterMs = (await counter?.read()) ?? 0;
    return { ...report, supervisorMs, counterMs, sinceReadyMs: counterMs - readyMs };
  }

  const tolerated = (ms: number): number => Math.max(TOLERANCE.ms, TOLERANCE.share * ms);

  describe.runIf(counter !== undefined)('is what the control group counts', () => {
    it.each([
      ['of a tree of short children', SHORT_CHILDREN, 'sh', 100],
      ['of an orphan that is ended with the call', ORPHAN, 'python3', 1],
    ] as const)('%s', async (_what, source, runtime, answer) => {
      const { outcome, receipt, supervisorMs, counterMs, sinceReadyMs } = await count(source, runtime);
      expect(outcome).toEqual({ kind: 'succeeded', output: answer });
      expect(sinceReadyMs).toBeGreaterThan(100);
      expect(Math.abs(supervisorMs - counterMs), `${supervisorMs} and ${counterMs}`).toBeLessThanOrEqual(
        tolerated(counterMs),
      );
      expect(Math.abs(receipt.cpuMs - sinceReadyMs), `${receipt.cpuMs} and ${sinceReadyMs}`).toBeLessThanOrEqual(
        tolerated(sinceReadyMs),
      );
    });
  });

  it('is not less than what its children are known to have used, and not much more', async () => {
    const { outcome, receipt } = await count(KNOWN, 'python3');
    const known = outcome.kind === 'succeeded' ? Number(outcome.output) : Number.NaN;
    expect(known).toBeGreaterThanOrEqual(20 * 20);
    expect(receipt.cpuMs).toBeGreaterThanOrEqual(known - tolerated(known));
    expect(receipt.cpuMs).toBeLessThan(known + START_MS);
    expect(receipt.source).toBe('supervisor');
  });

  it.runIf(countingGroups !== undefined)(
    'has a part of children that nobody waits for, by their control group',
    async () => {
      const { outcome, receipt } = await count(UNSEEN, 'python3', { groups: countingGroups });
      expect(outcome.kind).toBe('succeeded');
      expect(receipt.cpuMs).toBeGreaterThanOrEqual(50 * 20);
      expect(receipt.cpuMs).toBeLessThan(50 * 20 + START_MS);
    },
  );

  it('has a part of them without a control group too, where the kernel lets it be counted', async () => {
    const launcher = await findLauncher(LAUNCHERS);
    if (typeof launcher === 'string') throw new Error(launcher);
    const kernel = await askKernel(launcher, { layer: 'full', id: process.getuid?.() === 0 ? ID : undefined });
    const { outcome, receipt } = await count(UNSEEN, 'python3');
    expect(outcome.kind).toBe('succeeded');
    if (kernel?.isCounted === true) expect(receipt.cpuMs).toBeGreaterThanOrEqual(50 * 20);
    expect(receipt.cpuMs).toBeLessThan(50 * 20 + START_MS);
  });
});

describe.runIf(process.platform === 'linux')('The processor time of a worker whose init does not reap it', () => {
  it('is what its clock showed before init was killed', async () => {
    const launching = await confinedLaunching('full');
    const worker = createWorker(await launching.launch(SMALL_CLASS));
    await worker.ready;
    const { parent: init = 0, cpuTicks = 0 } = (await readProcess(worker.pid)) ?? {};
    // It neither kills nor reaps any more, as one whose worker takes long to give its memory back.
    process.kill(init, 'SIGSTOP');
    const { used } = await worker.end();
    await launching.close();
    expect(used?.cpuMs).toBeGreaterThanOrEqual(10 * cpuTicks);
    expect(cpuTicks).toBeGreaterThan(0);
  });
});
