import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';

/** A socket of this machine alone, for programs that this one has started and told its name. */
export interface LocalListener {
  readonly name: string;
  close(): void;
}

/** As long as the kernel has room for: versions of Node differ in whether they fill up a shorter name. */
const NAME_CHARS = 107;

/**
 * Listens on a Unix socket without a file (Linux): nothing of it is left when this process is killed. Others on this machine can
 * connect too, so who connects has to show something that it was told. It does not keep this process alive.
 */
export async function listenLocally(onConnection: (socket: Socket) => void): Promise<LocalListener> {
  const name = `iceos-${randomBytes(NAME_CHARS).toString('hex')}`.slice(0, NAME_CHARS);
  const server = createServer(onConnection);
  // For good: later ones are connections that could not be taken, of which whoever made them is told.
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(`\0${name}`, resolve));
  server.unref();
  return { name, close: () => void server.close() };
}
