import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { assembleFilter } from '../../src/sandbox/seccomp/assemble.ts';
import type { Rule } from '../../src/sandbox/seccomp/profile.ts';

const run = promisify(execFile);

/** A machine as other machines are: the words before a command that make it so. */
export type Machine = readonly string[];

export const isRoot = process.getuid?.() === 0;
export const AS_IT_IS: Machine = ['env'];
/** Root becomes somebody else; everybody else stays who they are. */
export const UNPRIVILEGED: Machine = isRoot
  ? ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups', '--inh-caps=-all']
  : AS_IT_IS;

/** Root with some of its capabilities taken away. */
export const rootWithout = (...capabilities: readonly string[]): Machine => {
  const less = capabilities.map((name) => `-${name}`).join(',');
  return ['setpriv', `--bounding-set=${less}`, `--inh-caps=${less}`];
};

const NAMESPACE_FLAGS = 0x7e02_0000;
/** As the default profile of Docker does. */
const NO_NAMESPACES: readonly Rule[] = [
  { calls: ['unshare', 'setns', 'mount', 'umount2', 'pivot_root'], verdict: 'EPERM' },
  {
    calls: ['clone'],
    verdict: 'allow',
    when: [{ argument: 0, oneOf: [0], ignoredBits: ~NAMESPACE_FLAGS >>> 0 }],
    otherwise: 'EPERM',
  },
  { calls: ['clone3'], verdict: 'ENOSYS' },
];
const NO_LANDLOCK: readonly Rule[] = [{ calls: ['landlock_create_ruleset'], verdict: 'ENOSYS' }];

/** Builds what puts a program behind a filter, and the filters, into a folder that everybody may read. */
export async function buildFilters(
  folder: string,
): Promise<{ readonly withoutNamespaces: Machine; readonly withoutLandlock: Machine }> {
  const program = path.join(folder, 'with-filter');
  await run('cc', ['-O1', '-o', program, path.resolve('test/support/native/with-filter.c')]);
  const behind = async (name: string, rules: readonly Rule[]): Promise<Machine> => {
    const file = path.join(folder, `${name}.bpf`);
    const profile = { name: 'js', rules, unlisted: 'allow', firstUnknown: 500, unknown: 'allow' } as const;
    await writeFile(file, assembleFilter(profile, arch() === 'arm64' ? 'aarch64' : 'x86_64').bytes);
    return [program, file];
  };
  return {
    withoutNamespaces: await behind('no-namespaces', NO_NAMESPACES),
    withoutLandlock: await behind('no-landlock', NO_LANDLOCK),
  };
}

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly dataDir: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly node?: string;
  readonly main?: string;
}

/** Runs the built program on such a machine, as an operator does. */
export async function iceosOn(machine: Machine, args: readonly string[], options: RunOptions): Promise<Said> {
  const { dataDir, environment = {}, node = process.execPath, main = path.resolve('dist/main.js') } = options;
  const [command = 'env', ...words] = [...machine, node, main, ...args];
  const env = { PATH: process.env['PATH'] ?? '', ICEOS_DATA_DIR: dataDir, ICEOS_LOG_LEVEL: 'error', ...environment };
  return new Promise((resolve) => {
    const child = execFile(command, words, { env, cwd: '/', timeout: 50_000 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

const Findings = z.array(
  z.object({ name: z.string(), ok: z.boolean(), optional: z.boolean().optional(), message: z.string() }),
);

/** What `iceos doctor` finds there, by name. */
export async function doctorOn(
  machine: Machine,
  options: RunOptions,
): Promise<(name: string) => z.infer<typeof Findings>[number] | undefined> {
  const { stdout, stderr } = await iceosOn(machine, ['doctor', '--json'], options);
  if (stdout === '') throw new Error(stderr);
  const findings = Findings.parse(JSON.parse(stdout));
  return (name) => findings.find((finding) => finding.name === name);
}
