import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MIB, SECOND_MS } from '../core/units.ts';
import type { Sandbox, SandboxOutcome } from './sandbox.ts';

/** What became of one attack of ours on this machine. */
export interface AttackResult {
  readonly name: string;
  readonly stopped: boolean;
  /** What it tried, and how it was stopped or that it was not. */
  readonly message: string;
}

interface Attack {
  readonly name: string;
  readonly tries: string;
  readonly source: string;
  /** How a stopped one ends. */
  readonly isStopped: (outcome: SandboxOutcome) => boolean;
}

const MEMORY_BYTES = 64 * MIB;
const LIMITS = { timeoutMs: 20 * SECOND_MS, cpuMs: 20 * SECOND_MS, memoryBytes: MEMORY_BYTES, outputBytes: MIB };

/** An error of the system, and none that the code would meet on any machine. */
const isRefused = (outcome: SandboxOutcome): boolean =>
  outcome.kind === 'policyViolated' ||
  (outcome.kind === 'threw' && /\b(EACCES|EPERM|EROFS|ENOENT|ENOTDIR)\b/.test(outcome.message));

const attacks = (hostFile: string, target: string): readonly Attack[] => [
  {
    name: 'read',
    tries: 'read a file of this machine',
    source: `return (await import('node:fs')).readFileSync(${JSON.stringify(hostFile)}).length;`,
    isStopped: isRefused,
  },
  {
    name: 'connect',
    tries: 'open a socket',
    // Nobody listens there: that it is refused by nobody says that there was a socket.
    source: `const net = await import('node:net');
      await new Promise((done, fail) => net.connect(9, '127.0.0.1').on('connect', done)
        .on('error', (error) => (error.code === 'ECONNREFUSED' ? done() : fail(error))));
      return 'open';`,
    isStopped: isRefused,
  },
  {
    name: 'start',
    tries: 'start a process',
    source: `const { error } = (await import('node:child_process')).spawnSync(process.execPath, ['--version']);
      if (error) throw error;
      return 'started';`,
    isStopped: isRefused,
  },
  {
    name: 'write',
    tries: 'write outside of its scratch',
    source: `(await import('node:fs')).writeFileSync(${JSON.stringify(target)}, 'x'); return 'written';`,
    isStopped: isRefused,
  },
  {
    name: 'allocate',
    tries: `take more memory than its ${MEMORY_BYTES / MIB} MiB`,
    source: `const all = []; for (let i = 0; i < 5_000; i += 1) all.push(new Array(50_000).fill(i)); return all.length;`,
    isStopped: ({ kind }) => kind === 'memoryExceeded',
  },
];

/**
 * Attacks this machine with calls as any foreign code is run: each must be stopped. `hostFile` is one that the server may
 * read and no tool.
 */
export async function attackSelf(
  sandbox: Sandbox,
  { hostFile, signal }: { readonly hostFile: string; readonly signal: AbortSignal },
): Promise<readonly AttackResult[]> {
  const target = path.join(tmpdir(), `iceos-self-attack-${randomUUID()}`);
  const results: AttackResult[] = [];
  try {
    // One after another: together they would meet each other's limits.
    for (const attack of attacks(hostFile, target)) results.push(await carryOut(sandbox, attack, signal));
    return results;
  } finally {
    await rm(target, { force: true });
  }
}

async function carryOut(
  sandbox: Sandbox,
  { name, tries, source, isStopped }: Attack,
  signal: AbortSignal,
): Promise<AttackResult> {
  const program = { type: 'code', source } as const;
  const call = { program, input: null, limits: LIMITS, idempotencyKey: `self-attack-${name}`, grants: [] };
  const { outcome } = await sandbox.run(call, signal);
  const stopped = isStopped(outcome);
  const how = outcome.kind === 'succeeded' ? 'it could' : outcome.message;
  return { name, stopped, message: `code that tries to ${tries} is ${stopped ? 'stopped' : 'NOT stopped'}: ${how}` };
}
