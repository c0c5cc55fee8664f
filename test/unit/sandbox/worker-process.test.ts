import { duplexPair, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createWorker, type WorkerEvent } from '../../../src/sandbox/worker-process.ts';

const never = <T>(): Promise<T> => new Promise(() => undefined);

/** A worker that writes what the test writes; it is not there otherwise. */
function writingWorker(): { readonly stdout: Readable; readonly events: readonly WorkerEvent['type'][] } {
  const [frames] = duplexPair();
  const stdout = new Readable({ read: () => undefined });
  const worker = createWorker({
    pid: 0,
    frames,
    stdout,
    stderr: new Readable({ read: () => undefined }),
    confinement: { profile: 'js', layer: 'base', processes: 0, scratchBytes: 0 },
    interpreter: undefined,
    ended: never(),
    inside: (folder) => folder,
    attest: () => never(),
    beginCall: () => undefined,
    rest: () => never(),
    end: () => never(),
  });
  const events: WorkerEvent['type'][] = [];
  worker.listen(({ type }) => events.push(type));
  return { stdout, events };
}

async function write(to: Readable, bytes: number, pieces: number): Promise<void> {
  for (let count = 0; count < pieces; count += 1) {
    to.push(Buffer.alloc(bytes));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('What a worker writes to its standard output', () => {
  it('is bounded by its bytes', async () => {
    const { stdout, events } = writingWorker();
    await write(stdout, 2 ** 14, 64);
    expect(events).toEqual([]);
    await write(stdout, 1, 1);
    expect(events).toEqual(['flooded']);
  });

  it('is bounded by its pieces: each takes time to read', async () => {
    const { stdout, events } = writingWorker();
    await write(stdout, 1, 2 ** 14);
    expect(events).toEqual([]);
    await write(stdout, 1, 1);
    expect(events).toEqual(['flooded']);
  });
});
