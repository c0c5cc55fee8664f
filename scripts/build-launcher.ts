import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './build.ts';

// Builds the sandbox's launcher for both architectures, the same bytes on every Debian 12 machine: its compiler, musl as
// the C library, and the kernel's headers, the latter two taken out of Debian's packages for that architecture.
// With --check nothing is written, and a difference to the committed files is an error.

const run = promisify(execFile);
const SOURCES = path.join(ROOT, 'src/sandbox/launcher');
const BUILT = path.join(SOURCES, 'generated');
const DIGESTS = path.join(ROOT, 'src/sandbox/generated/launcher-digests.ts');

interface Target {
  readonly name: 'x86_64' | 'aarch64';
  readonly debian: string;
  readonly compilerPackage: string;
  readonly compiler: string;
}

const TARGETS: readonly Target[] = [
  { name: 'x86_64', debian: 'amd64', compilerPackage: 'gcc-x86-64-linux-gnu', compiler: 'x86_64-linux-gnu-gcc' },
  { name: 'aarch64', debian: 'arm64', compilerPackage: 'gcc-aarch64-linux-gnu', compiler: 'aarch64-linux-gnu-gcc' },
];

const FLAGS = [
  ...['-std=gnu11', '-D_GNU_SOURCE', '-Os', '-Wall', '-Wextra', '-Werror', '-static', '-s', '-fno-ident'],
  ...['-fno-asynchronous-unwind-tables', '-fstack-protector-strong', '-Wl,--build-id=none', '-Wl,-z,noexecstack'],
  '-nostdinc',
  '-nostdlib',
];

/** Unpacks the C library and the kernel's headers of an architecture, without touching this machine's packages. */
async function unpackHeaders({ debian }: Target, folder: string): Promise<string> {
  const state = path.join(folder, 'apt');
  await mkdir(path.join(state, 'lists', 'partial'), { recursive: true });
  await mkdir(path.join(state, 'cache', 'archives', 'partial'), { recursive: true });
  const options = [
    `APT::Architecture=${debian}`,
    `APT::Architectures=${debian}`,
    `Dir::State::lists=${path.join(state, 'lists')}`,
    `Dir::Cache=${path.join(state, 'cache')}`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  await run('apt-get', [...options, '-qq', 'update']);
  await run('apt-get', [...options, '-qq', 'download', 'musl-dev', 'linux-libc-dev'], { cwd: folder });
  const root = path.join(folder, 'root');
  for (const file of await readdir(folder)) {
    if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', path.join(folder, file), root]);
  }
  return path.join(root, 'usr');
}

async function printed(compiler: string, question: string): Promise<string> {
  return (await run(compiler, [question])).stdout.trim();
}

async function compile(target: Target, folder: string): Promise<Buffer> {
  const { name, compiler } = target;
  const usr = await unpackHeaders(target, folder);
  const musl = path.join(usr, 'lib', `${name}-linux-musl`);
  const sources = (await readdir(SOURCES)).filter((file) => file.endsWith('.c')).sort();
  const output = path.join(folder, 'launcher');
  await run(
    compiler,
    [
      ...FLAGS,
      ...['-isystem', path.join(usr, 'include', `${name}-linux-musl`)],
      ...['-isystem', await printed(compiler, '-print-file-name=include')],
      ...['-idirafter', path.join(usr, 'include')],
      ...['-idirafter', path.join(usr, 'include', `${name}-linux-gnu`)],
      ...['-o', output, path.join(musl, 'crt1.o'), path.join(musl, 'crti.o')],
      ...sources,
      path.join(musl, 'libc.a'),
      await printed(compiler, '-print-libgcc-file-name'),
      path.join(musl, 'crtn.o'),
    ],
    // Relative names: no path of this machine gets into the file.
    { cwd: SOURCES },
  );
  return readFile(output);
}

async function hasCompiler({ compiler }: Target): Promise<boolean> {
  return run(compiler, ['--version']).then(
    () => true,
    () => false,
  );
}

function digestsFile(built: ReadonlyMap<string, Buffer>): string {
  const lines = [...built].map(([name, bytes]) => `  ${name}: '${createHash('sha256').update(bytes).digest('hex')}',`);
  return `// Written by scripts/build-launcher.ts.\n\n/** SHA-256 of the launcher by architecture. */\nexport const LAUNCHER_DIGESTS = {\n${lines.join('\n')}\n} as const;\n`;
}

async function buildAll(): Promise<ReadonlyMap<string, Buffer>> {
  const built = new Map<string, Buffer>();
  for (const target of TARGETS) {
    const folder = await mkdtemp(path.join(tmpdir(), 'iceos-launcher-'));
    try {
      built.set(target.name, await compile(target, folder));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return built;
}

const missing: Target[] = [];
for (const target of TARGETS) if (!(await hasCompiler(target))) missing.push(target);
if (missing.length > 0) {
  const packages = missing.map(({ compilerPackage }) => compilerPackage).join(' ');
  console.error(`The launcher is built on Debian 12. Missing here: apt-get install ${packages}`);
  process.exit(1);
}

const built = await buildAll();
if (process.argv.includes('--check')) {
  const differing: string[] = [];
  for (const [name, bytes] of built) {
    const committed = await readFile(path.join(BUILT, `launcher-${name}`)).catch(() => Buffer.alloc(0));
    if (!bytes.equals(committed)) differing.push(name);
  }
  if (differing.length > 0) {
    console.error(
      `The launcher for ${differing.join(' and ')} is not what its sources build. Run npm run build:launcher.`,
    );
    process.exit(1);
  }
  console.log('Both launchers are what their sources build.');
} else {
  await mkdir(BUILT, { recursive: true });
  for (const [name, bytes] of built) await writeFile(path.join(BUILT, `launcher-${name}`), bytes, { mode: 0o755 });
  await mkdir(path.dirname(DIGESTS), { recursive: true });
  await writeFile(DIGESTS, digestsFile(built));
  const sizes = [...built].map(([name, bytes]) => `${name} ${bytes.length} bytes`).join(', ');
  console.log(`Built the launcher: ${sizes}.`);
}
