import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Canaries } from '../protocol/messages.ts';

/**
 * Tries what no foreign code may, before there is any: the parent gives no call to a worker that could. Each answer is the
 * code of the error that stopped it, or empty.
 */
export async function tryCanaries(): Promise<Canaries> {
  const [list, socket] = await Promise.all([codeOf(readdir('/')), tryConnect()]);
  return { list, connect: socket, start: tryStart() };
}

const codeOf = (tried: Promise<unknown>): Promise<string> =>
  tried.then(
    () => '',
    (error: unknown) => codeIn(error),
  );

/** Loopback's port 9 (discard): where it is not stopped, it stays on this machine and says nothing. */
function tryConnect(): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(9, '127.0.0.1');
    const tell = (code: string): void => {
      socket.destroy();
      resolve(code);
    };
    socket.on('connect', () => tell(''));
    // Refused by nobody that listens: the socket itself was there.
    socket.on('error', (error) => tell(codeIn(error) === 'ECONNREFUSED' ? '' : codeIn(error)));
  });
}

function tryStart(): string {
  // eslint-disable-next-line no-restricted-syntax -- a worker waits for nothing else before its call
  const { error } = spawnSync(process.execPath, ['--version'], { stdio: 'ignore' });
  return error === undefined ? '' : codeIn(error);
}

const codeIn = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown';
