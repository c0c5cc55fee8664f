import type { Duplex } from 'node:stream';

/** How long the client may take to read the answer. */
const TIMEOUT_MS = 2_000;

/** Answers a request for a WebSocket in HTTP, and holds the connection no longer than that takes. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  const timer = setTimeout(() => socket.destroy(), TIMEOUT_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
