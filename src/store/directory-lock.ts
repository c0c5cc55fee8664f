import { createHash } from 'node:crypto';
import { mkdir, realpath, rm, stat, unlink } from 'node:fs/promises';
import { createServer, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EmbeddedDatabaseInUseError } from './unavailable.ts';

export interface DirectoryLock {
  release(): Promise<void>;
}

// A Unix socket's path ends at 104 bytes on macOS, 108 on Linux.
const MAX_SOCKET_PATH = 100;
const GUARD_STALE_MS = 1_000;
const TRIES = 100;
const TRY_AGAIN_MS = 20;

/**
 * One process a directory: the lock is a listening socket in it. The kernel closes it with the process, so a refused
 * connection means that nobody is there. (Process numbers prove nothing in containers, where everybody is number 1.)
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const address = await socketAddress(directory);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const holder = await askHolder(address);
    if (holder !== undefined) throw inUse(directory, holder);
    const server = await takeOver(directory, address);
    if (server) return { release: () => closeServer(server) };
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
  }
  throw inUse(directory, '');
}

const inUse = (directory: string, holder: string): EmbeddedDatabaseInUseError =>
  new EmbeddedDatabaseInUseError(
    `The embedded database in ${directory} is in use by ${holder === '' ? 'another process' : `process ${holder}`}. ` +
      'Stop that process, choose another ICEOS_DATA_DIR, or set DATABASE_URL: a Postgres server takes many processes.',
  );

async function socketAddress(directory: string): Promise<string> {
  const real = await realpath(directory);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 32);
  if (process.platform === 'win32') return `\\\\.\\pipe\\iceos-${hash}`;
  const inside = path.join(real, 'lock.sock');
  return Buffer.byteLength(inside) <= MAX_SOCKET_PATH ? inside : path.join(tmpdir(), `iceos-${hash}.sock`);
}

/** The number of the process that holds the lock, empty when it does not say; undefined when nobody holds it. */
function askHolder(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    let connected = false;
    const socket = connect(address);
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('connect', () => (connected = true));
    socket.on('data', (bytes) => (said += bytes.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(connected ? said.trim() : undefined));
  });
}

/** Undefined: somebody else was faster, or is about to be. */
async function takeOver(directory: string, address: string): Promise<Server | undefined> {
  if (process.platform === 'win32') return await listen(address);
  // Between "nobody answers" and "I listen" the dead socket is removed; only one may do that at a time, or the second
  // would remove the socket of the first.
  const guard = path.join(directory, 'lock.guard');
  if (!(await enterGuard(guard))) return undefined;
  try {
    if ((await askHolder(address)) !== undefined) return undefined;
    await unlink(address).catch(() => undefined);
    return await listen(address);
  } finally {
    await rm(guard, { recursive: true, force: true });
  }
}

async function enterGuard(guard: string): Promise<boolean> {
  try {
    await mkdir(guard);
    return true;
  } catch {
    const age = await stat(guard).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    // Its maker was killed within the few milliseconds that it takes.
    if (age > GUARD_STALE_MS) await rm(guard, { recursive: true, force: true });
    return false;
  }
}

function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(`${process.pid}\n`);
    });
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** Closing a Unix socket removes its file. */
const closeServer = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
