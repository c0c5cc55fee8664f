import { Duplex } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { pullStream } from '../../../src/live/pull-stream.ts';
import { sendResults } from '../../../src/gateway/socket-writer.ts';

const KIB = 1_024;
const RESULTS = 6;

/** Of a socket that takes what is written into it only later. */
const slowStream = (writableHighWaterMark: number): Duplex =>
  new Duplex({
    writableHighWaterMark,
    read: () => undefined,
    write: (_chunk, _encoding, done) => void setTimeout(done, 1),
  });

/** Longer than the bound of one socket is below. */
async function* longResults(): AsyncGenerator<ExecutionResult, void, undefined> {
  for (let n = 0; n < RESULTS; n += 1) yield { data: { n, text: 'x'.repeat(18 * KIB) } };
}

it.each([
  ['Node 20', 16 * KIB],
  ['Node 22', 64 * KIB],
])('Results go on when a socket has drained, also below the mark that sockets have in %s', async (_node, mark) => {
  const stream = slowStream(mark);
  const socket = { readyState: WebSocket.OPEN, OPEN: WebSocket.OPEN };
  const results = pullStream(longResults, () => undefined);
  const sent = sendResults(results, { socket, stream, id: '1', maxBufferedBytes: 16 * KIB });
  expect(await sent.next()).toMatchObject({ done: true });
});
