import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SYSCALL_NUMBERS, syscallNumber, type SyscallName } from '../../../src/sandbox/seccomp/syscall-numbers.ts';
import { launcherIn } from '../../support/security.ts';
import { PROFILES, startConfined, type ConfinedProgram } from '../../support/security-launch.ts';
import { watchLeftovers } from '../../support/security-leftovers.ts';
import type { ProbeOrder, ProbeReport } from '../../support/security-report.ts';

// Runs the prober once for each system call, as a process of its own: it is also the server that some of the calls aim at.

const order = JSON.parse(process.argv[2] ?? '') as ProbeOrder; // from the test that started this program
const prober = path.join(order.dist, 'prober');
const WALL_MS = 10_000;
const AT_ONCE = 4;
/** A signal arrives a moment after the call that sent it. */
const SETTLE_MS = 30;

let signals = 0;
for (const signal of ['SIGUSR2', 'SIGIO', 'SIGURG'] as const) process.on(signal, () => (signals += 1));

function confined(args: readonly string[]): ConfinedProgram {
  const isFull = order.layer === 'full';
  const program = isFull ? '/prober' : prober;
  return {
    ...order,
    wallMs: WALL_MS,
    binds: isFull ? [{ source: prober, target: program, executable: true }] : [],
    rules: [
      { path: program, access: 'execute' },
      ...(isFull ? [{ path: '/proc', access: 'read' } as const, { path: '/scratch', access: 'write' } as const] : []),
    ],
    program,
    args: [program, ...args],
  };
}

async function runProbe(name: string, args: readonly string[]): Promise<ProbeReport> {
  const before = signals;
  const { supervisor, end } = await startConfined(confined(args), order.dist);
  // One probe waits for something to read.
  supervisor.frames.on('data', () => supervisor.frames.write('!'));
  const { out, record } = await end;
  if (name.includes('server') || name.includes('owner')) await delay(SETTLE_MS);
  const { code = -1, signal = 0, by = 'nobody', ...more } = record ?? {};
  const deniedCall = 'denied' in more && typeof more.denied === 'number' ? more.denied : undefined;
  return { name, out, code, signal, by, deniedCall, signaled: signals > before };
}

/** The kernel's refusal of the layer, where it refuses. */
async function findRefusal(): Promise<string | undefined> {
  try {
    await runProbe('noop', [String(process.pid), '/', 'noop']);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function main(): Promise<void> {
  const refusal = await findRefusal();
  const say = (report: object): void => void process.stdout.write(`${JSON.stringify(report)}\n`);
  if (refusal !== undefined) {
    say({ unavailable: refusal });
    return;
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'bait-'));
  const file = path.join(folder, 'file');
  await writeFile(file, 'of the server', { mode: 0o666 });
  const { stdout } = await promisify(execFile)(prober, ['list']);
  const names = stdout.trim().split('\n');
  const { architecture } = await launcherIn(order.dist);
  const aim = [String(process.pid), file];
  const watch = await watchLeftovers();

  const probes: (readonly [string, readonly string[]])[] = names.map((name) => [name, [...aim, name]]);
  for (const rule of PROFILES[order.profile].rules) {
    if ('when' in rule || rule.verdict === 'allow') continue;
    for (const call of rule.calls) {
      const number = syscallNumber(call, architecture);
      if (number !== undefined) probes.push([`call ${call}`, [...aim, 'call', String(number)]]);
    }
  }
  const listed = new Set(
    (Object.keys(SYSCALL_NUMBERS) as SyscallName[]).map((name) => syscallNumber(name, architecture)),
  );
  const unlisted = Array.from({ length: 512 }, (_, number) => number).filter((number) => !listed.has(number));
  probes.push(['sweep', [...aim, 'sweep', ...unlisted.slice(0, 40).map(String)]]);
  for (let at = 40; at < unlisted.length; at += 40)
    probes.push([`sweep ${at}`, [...aim, 'sweep', ...unlisted.slice(at, at + 40).map(String)]]);

  for (let at = 0; at < probes.length; at += AT_ONCE) {
    const some = probes.slice(at, at + AT_ONCE);
    for (const report of await Promise.all(some.map(([name, args]) => runProbe(name, args)))) say(report);
  }
  say({ harm: await watch.find([]) });
  await rm(folder, { recursive: true });
  process.exit(0);
}

await main();
