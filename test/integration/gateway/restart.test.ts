import { createClient } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createBlueprintClient } from '../../support/blueprint-client.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await startTestGateway();
});
afterEach(() => gateway.close());

const WATCH =
  'subscription ($id: ID!) { blueprintChanged(id: $id) { ... on BlueprintChanged { blueprint { version } } } }';

/** Opens a subscription on a socket and waits for its first message. */
async function watch(id: string, key: string): Promise<{ readonly closed: Promise<number> }> {
  let resolveClosed: (code: number) => void;
  const closed = new Promise<number>((resolve) => (resolveClosed = resolve));
  const client = createClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { apiKey: key },
    retryAttempts: 0,
    on: { closed: (event) => resolveClosed((event as { code: number }).code) }, // a CloseEvent, as browsers have it
  });
  await new Promise((resolve, reject) => {
    client.subscribe({ query: WATCH, variables: { id } }, { next: resolve, error: reject, complete: () => undefined });
  });
  return { closed };
}

/** Opens a subscription as server-sent events and waits for its first message. */
async function read(id: string, key: string) {
  const search = new URLSearchParams({ query: WATCH, variables: JSON.stringify({ id }) });
  const response = await fetch(`${gateway.url}/graphql?${search}`, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${key}` },
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new Error('There is no stream.');
  const until = async (pattern: RegExp): Promise<string> => {
    let text = '';
    while (!pattern.test(text)) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`The stream ended with: ${text}`);
      text += value;
    }
    return text;
  };
  await until(/"version":1/);
  return { until };
}

describe('A gateway that closes', () => {
  it('tells sockets to connect again, cuts streams without completing them, and is gone', async () => {
    const id = await createBlueprintClient(gateway).create('watched');
    const { closed } = await watch(id, gateway.key);
    const stream = await read(id, gateway.key);
    expect(gateway.subscriptions).toBe(2);
    const { url } = gateway;
    const cut = expect(stream.until(/complete/)).rejects.toThrow();
    await gateway.stop();
    expect(await closed).toBe(1012);
    await cut;
    expect(gateway.subscriptions).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('A key that expires during a stream', () => {
  it('closes the socket with 4403, and ends server-sent events with an error', async () => {
    const id = await createBlueprintClient(gateway).create('watched');
    const key = await gateway.createKey({ expiresAt: Date.now() + 1_500 });
    const [{ closed }, stream] = await Promise.all([watch(id, key), read(id, key)]);
    expect(await stream.until(/UNAUTHENTICATED/)).toContain('Your cursor stays good');
    expect(await closed).toBe(4403);
  });
});

describe('Each event of a subscription', () => {
  it('is answered with rows as they are then, not as they were when it began', async () => {
    const client = createBlueprintClient(gateway);
    const id = await client.create('watched');
    const stream = await read(id, gateway.key);
    await client.update(id, 1, [{ rename: 'renamed' }]);
    expect(await stream.until(/"version":2/)).toContain('"version":2');
  });
});
