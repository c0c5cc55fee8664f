import { describe, expect, it } from 'vitest';
import type { FromWorker } from '../../../src/protocol/messages.ts';
import { createHostClient } from '../../../src/worker/host-client.ts';

const TOKEN = 'a'.repeat(32);
const MIB = 2 ** 20;

function scene() {
  const sent: number[] = [];
  let lastId = 0;
  const channel = {
    send(message: FromWorker) {
      if (message.type === 'hostCall') sent.push(message.id);
    },
    drained: () => Promise.resolve(),
    close: () => undefined,
    bytesRead: 0,
    bytesWritten: 0,
  };
  const client = createHostClient(channel, TOKEN, () => (lastId += 1));
  const answer = (id: number): void =>
    client.receiveAnswer({
      type: 'hostAnswer',
      token: TOKEN,
      id,
      answer: { ok: true, value: { inline: { value: `${id}` } } },
    });
  return { client, sent, answer };
}

describe('host calls of a worker', () => {
  it('go out a few at once, in order, and all are answered', async () => {
    const { client, sent, answer } = scene();
    const values = Promise.all(Array.from({ length: 100 }, () => client.reveal('pin')));
    expect(sent).toHaveLength(16);
    for (let id = 1; id <= 100; id += 1) {
      answer(id);
      expect(sent).toHaveLength(Math.min(100, 16 + id));
    }
    expect(await values).toEqual(Array.from({ length: 100 }, (_, index) => `${index + 1}`));
  });

  it('wait while those without an answer are large', () => {
    const { client, sent, answer } = scene();
    const bodyBase64 = 'A'.repeat(11 * MIB);
    for (let call = 0; call < 6; call += 1)
      void client.request({ method: 'POST', url: 'https://a.test/', headers: {}, bodyBase64 }).catch(() => undefined);
    expect(sent).toEqual([1, 2, 3, 4]);
    answer(2);
    expect(sent).toEqual([1, 2, 3, 4, 5]);
  });
});
