import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { parentPort, workerData } from 'node:worker_threads';
import type { FromThread, ThreadStart, ToThread } from './embedded-thread-messages.ts';

/**
 * The program of the thread that hosts the embedded database. Postgres' own wire protocol comes in and goes out; one
 * message is one or more whole statements, carried out one after the other.
 */
if (!parentPort) throw new Error('embedded-database-thread is started as a worker thread.');
const port = parentPort;
// What the other side hands over is typed there by the same interface.
const { folder } = workerData as ThreadStart;

const say = (message: FromThread, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, [...transfer]);

const database = await PGlite.create(folder, { extensions: { vector } });
let last: Promise<void> = Promise.resolve();

async function carryOut(connection: number, bytes: Uint8Array): Promise<void> {
  try {
    const answer = await database.execProtocolRaw(bytes);
    // The answer may be a view of the database's own memory, or of a buffer that it uses again.
    const copy = new Uint8Array(answer);
    say({ type: 'answer', connection, bytes: copy }, [copy.buffer]);
  } catch (error) {
    say({ type: 'broken', connection, message: error instanceof Error ? error.message : String(error) });
  }
}

port.on('message', (message: ToThread) => {
  if (message.type === 'statement') {
    last = last.then(() => carryOut(message.connection, message.bytes));
    return;
  }
  void last
    .then(() => database.close())
    .catch(() => undefined)
    .then(() => port.close());
});
say({ type: 'ready' });
