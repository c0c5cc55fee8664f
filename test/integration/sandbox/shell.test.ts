import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { MIB } from '../../../src/core/units.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { createHostCalls } from '../../../src/sandbox/host-calls/host-calls.ts';
import { createProcessSandbox, type ProcessSandbox } from '../../../src/sandbox/process-sandbox.ts';
import type { SandboxCall, SandboxReport } from '../../../src/sandbox/sandbox.ts';
import { DEFAULT_BOUNDS } from '../../../src/sandbox/worker-limits.ts';
import { confinedLaunching, groupedLaunching, HAS_GROUPS } from '../../support/confined.ts';
import { codeCall, never, openSandbox } from '../../support/sandbox.ts';

const EXAMPLES = path.resolve('examples/other-languages/tools');

/** What the last one fills is made read-only: no limit of one process counts it then. */
const CROWD = `import ctypes, os, subprocess, time
for _ in range(900): subprocess.Popen(["sleep", "30"])
child = os.fork()
if child == 0:
  libc = ctypes.CDLL(None)
  libc.mmap.restype = ctypes.c_void_p
  size = 512 << 20
  where = libc.mmap(None, ctypes.c_size_t(size), 1, 0x22, -1, 0)
  for at in range(0, size, 8 << 20):
    libc.mprotect(ctypes.c_void_p(where + at), ctypes.c_size_t(8 << 20), 3)
    ctypes.memset(where + at, 1, 8 << 20)
    libc.mprotect(ctypes.c_void_p(where + at), ctypes.c_size_t(8 << 20), 1)
    time.sleep(0.01)
  time.sleep(2)
  os._exit(0)
os.waitpid(child, 0)
print(1)`;

const tool = (folder: string, entry: string, runtime: string): SandboxCall['program'] => ({
  type: 'tool',
  name: 'a.tool',
  version: '1.0.0',
  folder,
  entry,
  runtime,
  tenant: 'tenant',
});

describe.runIf(process.platform === 'linux')('A tool in another language', () => {
  let sandbox: ProcessSandbox;
  let folder: string;
  const logged: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-test-'));
    await chmod(folder, 0o755); // a worker of a server that is root is another user
    const launching = await confinedLaunching('full');
    sandbox = createProcessSandbox({
      launching,
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
    });
  });
  afterAll(async () => {
    await sandbox.close();
    await rm(folder, { recursive: true });
  });

  interface Running {
    readonly input?: Json;
    readonly in?: ProcessSandbox;
    readonly timeoutMs?: number;
    readonly traceparent?: string;
    readonly signal?: AbortSignal;
  }
  const call = (program: SandboxCall['program'], running: Running = {}): SandboxCall => ({
    ...codeCall('', { timeoutMs: running.timeoutMs ?? 20_000 }),
    program,
    input: running.input ?? null,
    traceparent: running.traceparent,
    onLog: ({ message }) => logged.push(message),
  });
  async function script(text: string, running: Running = {}): Promise<SandboxReport> {
    const entry = `${text.length}-${logged.length}.sh`;
    await writeFile(path.join(folder, entry), text);
    return (running.in ?? sandbox).run(call(tool(folder, entry, 'sh'), running), running.signal ?? never());
  }

  it('answers with JSON, and logs what it writes to standard error', async () => {
    const input = { text: 'The fox, the dog and the fox' };
    const { outcome, receipt } = await sandbox.run(
      call(tool(path.join(EXAMPLES, 'text.words'), 'words.sh', 'sh'), { input }),
      never(),
    );
    const words = [
      { word: 'the', count: 3 },
      { word: 'fox', count: 2 },
      { word: 'and', count: 1 },
      { word: 'dog', count: 1 },
    ];
    expect(outcome).toEqual({ kind: 'succeeded', output: { words } });
    expect(receipt).toMatchObject({ profile: 'shell', layer: 'full', outcome: 'succeeded', source: 'supervisor' });
    expect(logged).toContain('4 words are shown');
  });

  it('may be Python', async () => {
    const program = tool(path.join(EXAMPLES, 'numbers.describe'), 'describe.py', 'python3');
    const { outcome } = await sandbox.run(call(program, { input: { numbers: [1, 2, 3, 4] } }), never());
    expect(outcome).toMatchObject({ kind: 'succeeded', output: { mean: 2.5, median: 2.5 } });
  });

  it('finds an empty scratch to work in, and nothing of the server or the machine', async () => {
    const { outcome } = await script(`
      ls -A . > files; printf '"'
      echo $(pwd) $(cat files | grep -v files) $(env | grep -c ICEOS_IDEMPOTENCY_KEY) \\
        $(ls /home /root /etc/passwd /tmp /srv 2>/dev/null) $(ls /proc/self/fd | tr '\\n' ' ') | tr -d '\\n'
      printf '"'`);
    // Standard input, output and error, and the folder that ls itself reads: not the channel.
    expect(outcome).toEqual({ kind: 'succeeded', output: '/scratch 1 0 1 2 3' });
  });

  it('is told its trace where there is one', async () => {
    const asks = `printf '"%s"' "\${TRACEPARENT-none}"`;
    expect((await script(asks)).outcome).toEqual({ kind: 'succeeded', output: 'none' });
    const traced = await script(asks, { traceparent: '00-1-2-01' });
    expect(traced.outcome).toEqual({ kind: 'succeeded', output: '00-1-2-01' });
  });

  it.each([
    ['exit 3', { kind: 'threw', message: expect.stringMatching(/ended with exit code 3\.$/), retryable: false }],
    ['echo try later >&2; exit 75', { kind: 'threw', message: expect.stringContaining('try later'), retryable: true }],
    ['kill -9 $$', { kind: 'threw', message: expect.stringContaining('SIGKILL'), retryable: false }],
    ['echo not json', { kind: 'threw', message: expect.stringContaining('text that is no JSON'), retryable: false }],
    ['exit 0', { kind: 'succeeded', output: null }],
    ['yes | head -c 30000000', { kind: 'outputExceeded', message: 'Its output is larger than 16777216 bytes.' }],
    ['head -c 80000000 /dev/zero > big', { kind: 'diskExceeded', message: expect.stringContaining('scratch') }],
    [
      'for i in $(seq 100); do sleep 20 & done; wait',
      { kind: 'processesExceeded', message: expect.stringMatching(/so many processes/) },
    ],
    ['unshare --net true', { kind: 'policyViolated', message: expect.stringContaining('unshare') }],
  ])('ends as one expects: %s', async (text, expected) => {
    expect((await script(text)).outcome).toEqual(expected);
  });

  it('leaves nothing behind, whatever it started', async () => {
    const { outcome, receipt } = await script('(setsid sleep 47111 &) ; sleep 47111 & sleep 0.2; echo 1');
    expect(outcome).toEqual({ kind: 'succeeded', output: 1 });
    expect(receipt.wallMs).toBeLessThan(5_000);
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')));
    expect(lines.filter((line) => line.includes('47111'))).toEqual([]);
  });

  it.runIf(HAS_GROUPS)('is bounded as a whole tree by a control group', async () => {
    const grouped = createProcessSandbox({
      launching: await groupedLaunching('full'),
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
    });
    // Eight times 60 MB, each process within its own limit.
    const hog = `for i in 1 2 3 4 5 6 7 8; do head -c 60000000 /dev/zero | tr '\\0' x | (v=$(cat); sleep 5; echo \${#v} >&2) & done; wait`;
    const { outcome, receipt } = await script(hog, { in: grouped });
    await grouped.close();
    expect(outcome.kind).toBe('memoryExceeded');
    expect(receipt).toMatchObject({ cgroup: expect.stringMatching(/^v[12]$/), limits: { memoryBytes: 64 * MIB } });
  });

  it('is bounded by the memory of each of a thousand processes, the last one too', async () => {
    const crowded = createProcessSandbox({
      launching: await confinedLaunching('full', { bounds: { ...DEFAULT_BOUNDS, processes: 1_024 } }),
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
    });
    await writeFile(path.join(folder, 'crowd.py'), CROWD);
    const { limits, ...rest } = call(tool(folder, 'crowd.py', 'python3'), { timeoutMs: 40_000 });
    const { outcome } = await crowded.run({ ...rest, limits: { ...limits, memoryBytes: 256 * MIB } }, never());
    await crowded.close();
    expect(outcome.kind).toBe('memoryExceeded');
  });

  it('is stopped with all that it started when it is canceled', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 700);
    const { outcome } = await script('sleep 100 & sleep 100', { signal: abort.signal });
    expect(outcome.kind).toBe('canceled');
  });

  it('is refused where nothing confines it', async () => {
    const development = openSandbox();
    const { outcome } = await script('exit 0', { in: development });
    expect(outcome).toEqual({
      kind: 'sandboxFailed',
      message: 'No worker could be started: Tools in other languages need the full layer of the sandbox.',
    });
    await development.close();
  });

  it('is refused where nothing would find the processes that it starts', async () => {
    const blind = createProcessSandbox({
      launching: await confinedLaunching('full', { listsChildren: false }),
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
    });
    const { outcome } = await script('exit 0', { in: blind });
    expect(outcome).toEqual({ kind: 'sandboxFailed', message: expect.stringMatching(/CONFIG_PROC_CHILDREN/) });
    await blind.close();
  });

  it('needs an interpreter that the operator lists', async () => {
    const { outcome } = await sandbox.run(call(tool(folder, 'x.rb', 'ruby')), never());
    expect(outcome).toMatchObject({ kind: 'sandboxFailed', message: expect.stringContaining('interpreter "ruby"') });
  });
});
