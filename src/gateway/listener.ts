import type { Server } from 'node:http';
import type { HostPort } from '../core/host-port.ts';

/** Resolves when it listens; the sentence of a taken port names the setting. */
export function listen(server: Server, { host, port }: HostPort): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        taken
          ? new Error(`Port ${port} on ${host} is taken. Choose another with ICEOS_PORT.`, { cause: error })
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}

/** Where it listens: `http://127.0.0.1:4000`. */
export function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen yet.');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
