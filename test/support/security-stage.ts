import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, copyFile, cp, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';

export type User = 'root' | 'unprivileged';

/** Belong to nobody on a machine as it is installed, and are none of the users that workers become; a stage has one for itself. */
const FIRST_UNPRIVILEGED_ID = 300_000_000;
const UNPRIVILEGED_IDS = 1_000_000;
/** Longer than any program of the suite takes on a machine that has other work too. */
const PROGRAM_MS = 280_000;

/** The users as whom programs can be started here. */
export const USERS: readonly User[] = process.getuid?.() === 0 ? ['root', 'unprivileged'] : ['unprivileged'];

/** A program of the suite with all that it needs, in a folder which its user can read. */
export interface Stage {
  /** Copies of what the build made. */
  readonly dist: string;
  /** Runs the program with one argument; each line that it says is JSON. Rejects when it fails. */
  run(order: object): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** Bundles a program of `test/security/programs` and lays it out for a user of the machine. */
export async function setStage(program: string, user: User): Promise<Stage> {
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-security-'));
  const [dist, temporary, bundle] = ['dist', 'tmp', 'program.mjs'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ]; // as many as there are names
  await cp(path.resolve('dist'), dist, { recursive: true, filter: isNeeded });
  await mkdir(temporary);
  await bundleProgram(path.resolve('test/security/programs', program), bundle);
  const id = FIRST_UNPRIVILEGED_ID + randomInt(UNPRIVILEGED_IDS);
  const ids = process.getuid?.() === 0 && user !== 'root' ? { uid: id, gid: id } : {};
  await chmod(folder, 0o755);
  if (ids.uid !== undefined) await chown(temporary, ids.uid, ids.gid);
  const node = await nodeFor(folder);
  const secret = randomBytes(16).toString('hex');

  return {
    dist,
    async run(order) {
      const child = spawn(node, [bundle, JSON.stringify({ ...order, dist, checkout: path.resolve('.') })], {
        cwd: folder,
        env: { TMPDIR: temporary, ICEOS_TEST_SECRET: secret },
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: PROGRAM_MS,
        killSignal: 'SIGKILL',
        ...ids,
      });
      const exit = once(child, 'exit');
      let errors = '';
      child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
      const said: unknown[] = [];
      for await (const line of createInterface({ input: child.stdout })) said.push(JSON.parse(line));
      const [code, signal] = await exit;
      if (code !== 0) throw new Error(`${program} ended with ${String(code ?? signal)}:\n${errors}`);
      return said;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

const isNeeded = (file: string): boolean => !/\/dist\/(chunks|client|types)(\/|$)|\.map$/.test(file);

async function bundleProgram(file: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'error',
    // Packages that are CommonJS ask for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  });
}

/** This Node, or a copy of it where other users cannot get to it. */
async function nodeFor(folder: string): Promise<string> {
  for (let above = path.dirname(process.execPath); above !== '/'; above = path.dirname(above)) {
    if (((await stat(above)).mode & 0o001) !== 0) continue;
    const copy = path.join(folder, 'node');
    await copyFile(process.execPath, copy);
    await chmod(copy, 0o755);
    return copy;
  }
  return process.execPath;
}
