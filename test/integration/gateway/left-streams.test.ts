import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { until } from '../../support/until.ts';

let gateway: TestGateway;
let looks = 0;
beforeAll(async () => {
  gateway = await startTestGateway({
    authenticate: (real) => async (credential) => {
      await delay(30);
      const session = await real(credential);
      return (
        session && {
          ...session,
          isValid() {
            looks += 1;
            return session.isValid();
          },
        }
      );
    },
  });
});
afterAll(() => gateway.close());

describe('A client that does not stay', () => {
  it('and accepts no stream is refused, and nothing of its subscription is left', async () => {
    const query = 'subscription { executions { changed { id } } }';
    for (const accept of ['application/json', 'multipart/mixed']) {
      const answer = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept, authorization: `Bearer ${gateway.key}` },
        body: JSON.stringify({ query }),
      });
      expect(answer.status).toBe(406);
    }
    await until(async () => gateway.subscriptions === 0, 5_000, 'no subscription is open');
  });

  it('and hangs up while its key is looked up leaves nobody who watches the key', async () => {
    for (let n = 0; n < 5; n += 1) {
      const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      await new Promise((resolve) => socket.once('open', resolve));
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${gateway.key}` } }));
      socket.terminate();
    }
    await delay(300);
    looks = 0;
    await delay(1_500);
    expect(looks).toBe(0);
  });
});
