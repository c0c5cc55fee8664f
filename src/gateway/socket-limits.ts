import type { WebSocket } from 'ws';
import { SECOND_MS } from '../core/units.ts';
import type { Viewer } from '../use-cases/viewer.ts';
import { viewerKey } from './viewer-key.ts';

/** How much sockets may do at once. Each is a setting. */
export interface SocketLimits {
  /** Open in this process; more are told to come later. */
  readonly maxSockets: number;
  readonly maxSocketsPerViewer: number;
  /** Subscriptions and other operations that run on one socket. */
  readonly maxOperationsPerSocket: number;
  /** Of one socket, whatever they are; a socket that sends more is closed. */
  readonly maxMessagesPerSecond: number;
  /** That wait in one socket for its client to read. */
  readonly maxBufferedBytes: number;
}

/** RFC 6455, section 7.4.1: "it is receiving a message that violates its policy". */
const POLICY_VIOLATION = 1008;

/** Closes a socket that sends more than so many messages in a second; what comes behind the limit is not looked at. */
export function limitMessages(socket: WebSocket, { maxMessagesPerSecond }: SocketLimits): void {
  let second = 0;
  let count = 0;
  socket.on('message', () => {
    const now = Math.floor(performance.now() / SECOND_MS);
    if (now !== second) {
      second = now;
      count = 0;
    }
    count += 1;
    if (count !== maxMessagesPerSecond + 1) return;
    socket.close(POLICY_VIOLATION, 'Too many messages');
    // It stops reading: who floods does not read the goodbye either.
    socket.pause();
    setTimeout(() => socket.terminate(), SECOND_MS).unref();
  });
}

/** The sockets of each viewer. */
export interface SocketCounts {
  /** False: the viewer has as many as it may. A socket that is counted is counted until it closes. */
  add(viewer: Viewer, socket: WebSocket): boolean;
}

export function createSocketCounts({ maxSocketsPerViewer }: SocketLimits): SocketCounts {
  const counts = new Map<string, number>();
  return {
    add(viewer, socket) {
      const key = viewerKey(viewer);
      const count = counts.get(key) ?? 0;
      if (count >= maxSocketsPerViewer) return false;
      counts.set(key, count + 1);
      socket.once('close', () => {
        const left = (counts.get(key) ?? 1) - 1;
        if (left === 0) counts.delete(key);
        else counts.set(key, left);
      });
      return true;
    },
  };
}
