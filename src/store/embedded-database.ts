import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { lockDirectory } from './directory-lock.ts';
import type { FromThread, ThreadStart, ToThread } from './embedded-thread-messages.ts';
import { DatabaseUnavailableError } from './unavailable.ts';

export interface EmbeddedDatabaseDeps {
  /** Holds the lock and, in `pgdata`, the database. Made when absent. */
  readonly dataDir: string;
  /** The bundle of embedded-database-thread.ts. */
  readonly threadFile: string;
}

/** Postgres in a thread of this process. `connect` gives the stream of one client of pg. */
export interface EmbeddedDatabase {
  connect(): Duplex;
  close(): Promise<void>;
}

/** What to say at start-up: how safe the data is. */
export const EMBEDDED_NOTICE =
  'The embedded database is safe against a killed process, but not against power loss: it does not wait for the disk. Set DATABASE_URL to use a Postgres server.';

/** Opens the directory for this process alone and starts the thread. */
export async function openEmbeddedDatabase(deps: EmbeddedDatabaseDeps): Promise<EmbeddedDatabase> {
  await mkdir(deps.dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(deps.dataDir);
  try {
    const thread = await startThread(deps);
    return {
      connect: thread.connect,
      async close() {
        await thread.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function startThread({ dataDir, threadFile }: EmbeddedDatabaseDeps): Promise<EmbeddedDatabase> {
  const workerData: ThreadStart = { folder: path.join(dataDir, 'pgdata') };
  // Options of the parent (a loader, an inspector) are not for this thread.
  const worker = new Worker(threadFile, { workerData, execArgv: [], name: 'iceos-database' });
  const streams = new Map<number, DatabaseStream>();
  let connections = 0;
  let gone: Error | undefined;

  const ready = new Promise<void>((resolve, reject) => {
    const end = (error: Error): void => {
      gone ??= new DatabaseUnavailableError(`The embedded database has stopped: ${error.message}`, error);
      reject(gone);
      for (const stream of streams.values()) stream.destroy(gone);
    };
    worker.on('message', (message: FromThread) => {
      if (message.type === 'ready') return resolve();
      const stream = streams.get(message.connection);
      if (message.type === 'answer') stream?.push(Buffer.from(message.bytes.buffer));
      else stream?.destroy(new DatabaseUnavailableError(message.message));
    });
    worker.on('error', end);
    worker.on('exit', (code) => end(new Error(`its thread ended with code ${code}`)));
  });
  await ready;

  return {
    connect() {
      connections += 1;
      const connection = connections;
      const send = (bytes: Uint8Array<ArrayBuffer>): void => {
        const message: ToThread = { type: 'statement', connection, bytes };
        worker.postMessage(message, [bytes.buffer]);
      };
      const stream = new DatabaseStream(send, () => streams.delete(connection));
      streams.set(connection, stream);
      if (gone) stream.destroy(gone);
      return stream;
    },
    async close() {
      if (gone) return;
      const exited = new Promise((resolve) => worker.once('exit', resolve));
      const message: ToThread = { type: 'close' };
      worker.postMessage(message);
      await exited;
    },
  };
}

const TERMINATE = 0x58;

/**
 * The socket that pg believes in. All chunks of one corked write are joined to one message, so that a statement
 * (parse, bind, describe, execute, sync) crosses to the thread and back once.
 */
class DatabaseStream extends Duplex {
  readonly #send: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly #gone: () => void;

  constructor(send: (bytes: Uint8Array<ArrayBuffer>) => void, gone: () => void) {
    super({ decodeStrings: true, allowHalfOpen: false });
    this.#send = send;
    this.#gone = gone;
  }

  /** pg calls it as it would call a socket's. */
  connect(): this {
    setImmediate(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed as they come.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#sendAll([chunk], done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#sendAll(
      chunks.map(({ chunk }) => chunk),
      done,
    );
  }

  override _final(done: (error?: Error | null) => void): void {
    this.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#gone();
    done(error);
  }

  #sendAll(chunks: readonly Buffer[], done: () => void): void {
    // The one session of the database outlives its clients: a client's goodbye would end it.
    const kept = chunks.filter((chunk) => !(chunk.length === 5 && chunk[0] === TERMINATE));
    const total = kept.reduce((sum, chunk) => sum + chunk.length, 0);
    if (total > 0) {
      // A copy of its own: pg writes its next statement into the same buffer, and this memory changes threads.
      const bytes = new Uint8Array(total);
      let offset = 0;
      for (const chunk of kept) {
        bytes.set(chunk, offset);
        offset += chunk.length;
      }
      this.#send(bytes);
    }
    done();
  }
}
