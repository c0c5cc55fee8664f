import { duplexPair, type Duplex } from 'node:stream';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { KIB, MIB } from '../../../src/core/units.ts';
import { createChannel } from '../../../src/protocol/channel.ts';
import { encodeFrame } from '../../../src/protocol/framing.ts';
import { FromWorker } from '../../../src/protocol/messages.ts';

const READY: FromWorker = {
  type: 'ready',
  usage: { cpuMs: 1, peakMemoryBytes: 2 },
  canaries: { list: 'EACCES', connect: 'EACCES', start: 'EPERM' },
};

interface Heard {
  readonly messages: FromWorker[];
  readonly faults: string[];
  readonly other: Duplex;
  readonly ended: Promise<void>;
}

/** A channel on one side of a pair; the other side is written to as a worker would. */
function listening(): Heard {
  const [ours, other] = duplexPair();
  const messages: FromWorker[] = [];
  const faults: string[] = [];
  const ended = new Promise<void>((resolve) => {
    createChannel<FromWorker, never>({
      stream: ours,
      incoming: FromWorker,
      onMessage: (message) => messages.push(message),
      onFault: (message) => faults.push(message),
      onEnd: resolve,
    });
  });
  return { messages, faults, other, ended };
}

const write = (stream: Duplex, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    stream.write(bytes, () => setImmediate(resolve));
  });

describe('a channel', () => {
  it('hands over messages and says when the other side is gone', async () => {
    const { messages, faults, other, ended } = listening();
    await write(other, encodeFrame(JSON.stringify(READY)));
    other.end();
    await ended;
    expect({ messages, faults }).toEqual({ messages: [READY], faults: [] });
  });

  it('reads nothing more after a fault', async () => {
    const { messages, faults, other } = listening();
    await write(other, Buffer.concat([encodeFrame('{"type":"rubbish"}'), encodeFrame(JSON.stringify(READY))]));
    await write(other, encodeFrame(JSON.stringify(READY)));
    expect(messages).toEqual([]);
    expect(faults).toEqual(['a message of no known form']);
  });

  it('says when what it sent was taken, or has nobody to take it', async () => {
    for (const end of ['read', 'gone'] as const) {
      const [ours, other] = duplexPair();
      const channel = createChannel<FromWorker, string>({
        stream: ours,
        incoming: FromWorker,
        onMessage: () => undefined,
        onFault: () => undefined,
        onEnd: () => undefined,
      });
      await channel.drained();
      for (let count = 0; count < 4; count += 1) channel.send('x'.repeat(500_000));
      let taken = false;
      const waits = [channel.drained(), channel.drained()].map((each) => each.then(() => (taken = true)));
      await new Promise((resolve) => setImmediate(resolve));
      expect([taken, ours.listenerCount('drain')]).toEqual([false, 1]);
      if (end === 'read') other.resume();
      else channel.close();
      await Promise.all(waits);
      expect(ours.listenerCount('drain')).toBe(0);
      await channel.drained();
    }
  });

  it('takes a large frame in a thousand pieces, and many small frames in one or two each', async () => {
    const { messages, faults, other } = listening();
    const large = encodeFrame(JSON.stringify({ ...READY, more: 'x'.repeat(MIB - 200) }));
    for (let at = 0; at < large.length; at += KIB) await write(other, large.subarray(at, at + KIB));
    // It holds more than the form allows: it was read to its end.
    expect([messages, faults]).toEqual([[], ['a message of no known form']]);

    const second = listening();
    const small = encodeFrame(JSON.stringify(READY));
    for (let count = 0; count < 3_000; count += 1) await write(second.other, small);
    for (let count = 0; count < 900; count += 1) {
      await write(second.other, small.subarray(0, 1));
      await write(second.other, small.subarray(1));
    }
    expect([second.messages.length, second.faults]).toEqual([3_900, []]);
  });

  it('reads no frames that come byte by byte for long', async () => {
    const { messages, faults, other } = listening();
    const frame = encodeFrame(JSON.stringify({ ...READY, more: 'x'.repeat(MIB - 200) }));
    for (let at = 0; at < 1_024; at += 1) await write(other, frame.subarray(at, at + 1));
    expect([messages, faults]).toEqual([[], []]);
    await write(other, frame.subarray(1_024, 1_025));
    expect([messages, faults]).toEqual([[], ['frames in pieces that are too small']]);
  });

  test.prop([fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 10 })])(
    'makes at most one fault of any garbage, and never throws',
    async (pieces) => {
      const { messages, faults, other } = listening();
      for (const piece of pieces) await write(other, piece);
      expect(messages).toEqual([]);
      expect(faults.length).toBeLessThanOrEqual(1);
      other.destroy();
    },
  );
});
