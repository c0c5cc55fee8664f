import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { ROOT } from '../build.ts';
import { run } from './run.ts';

const READY_WITHIN_MS = 60_000;
const COMMAND_MS = 60_000;
/** `NewerSchemaError`. */
const REFUSED = 'A newer release changed this database';
const READY = /^GraphQL and playground: (http:\/\/[^/]+)/;

const USE = `import { blueprint } from 'iceos';
import { resumable } from 'iceos/client/graphql-ws';
const made = blueprint('empty').output({}).build();
if (made.name !== 'empty' || typeof resumable !== 'function') throw new Error('not what it should be');
`;

/**
 * Installs packages into empty folders, one after the other: imports each, starts its server with the embedded database by
 * one command, publishes a blueprint and runs it to its end. All have the same database: the later ones find what the
 * first left. Rejects with what went wrong.
 */
export async function tryPackages(tarballs: readonly string[]): Promise<void> {
  const data = await mkdtemp(path.join(tmpdir(), 'iceos-package-data-'));
  try {
    for (const [n, tarball] of tarballs.entries()) {
      await tryPackage(tarball, data).catch((error: unknown) => {
        // A migration took something away that the older one needs: to say so and not to start is what is promised then.
        if (n === 0 || !(error instanceof Error && error.message.includes(REFUSED))) throw error;
      });
    }
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

async function tryPackage(tarball: string, data: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-package-'));
  // As a user has it: nothing of the settings, or of the npm run that this is part of.
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, ICEOS_LOG_LEVEL: 'warn', ICEOS_SANDBOX: 'best-available', ICEOS_DATA_DIR: data };
  try {
    await writeFile(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
    await run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: folder, env });
    await writeFile(path.join(folder, 'use.js'), USE);
    await run(process.execPath, ['use.js'], { cwd: folder, env });
    await runHello(folder, env);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runHello(cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const iceos = ['--no-install', 'iceos'];
  const server = spawn('npx', [...iceos, 'serve', '--port', '0'], {
    cwd,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const lines = createInterface({ input: server.stderr });
  try {
    const options = { cwd, env: { ...env, ICEOS_URL: await untilReady(server, lines) }, timeoutMs: COMMAND_MS };
    await run('npx', [...iceos, 'publish', path.join(ROOT, 'examples/hello-world/blueprint.yaml')], options);
    const input = ['--input', '{ "name": "Ada" }'];
    const said = await run('npx', [...iceos, 'start', 'hello-world', ...input, '--watch', '--plain'], options);
    if (!said.includes('Hello, Ada!')) throw new Error(`The execution did not say "Hello, Ada!" but:\n${said}`);
  } finally {
    await end(server);
  }
}

/** The address that the server says when it is ready. */
async function untilReady(server: ChildProcess, lines: Interface): Promise<string> {
  const timer = setTimeout(() => signalAll(server), READY_WITHIN_MS);
  const said: string[] = [];
  try {
    for await (const line of lines) {
      said.push(line);
      const url = READY.exec(line)?.[1];
      if (url !== undefined) return url;
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`The server did not get ready in ${READY_WITHIN_MS} ms:\n${said.join('\n')}`);
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  signalAll(server);
  await gone;
}

/** npx does not hand a signal on: it goes to the whole group, as Ctrl-C does. */
function signalAll(server: ChildProcess): void {
  if (server.pid !== undefined) process.kill(-server.pid, 'SIGTERM');
}
