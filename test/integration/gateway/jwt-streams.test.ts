import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { postGraphQL, startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { AUDIENCE, startTestIssuer, type TestIssuer } from '../../support/issuer.ts';
import { TRANSPORTS } from '../../support/transports.ts';

let issuer: TestIssuer;
let gateway: TestGateway;
beforeAll(async () => {
  issuer = await startTestIssuer();
  gateway = await startTestGateway({ issuer, environment: { ICEOS_JWT_CLOCK_SKEW_MS: '0' } });
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

const seconds = (): number => Date.now() / 1_000;
/** A token that ends within two seconds, and when it does. */
async function shortToken(): Promise<{ token: string; endsAtMs: number }> {
  const exp = Math.ceil(seconds()) + 1;
  return { token: await issuer.token({ exp, jti: undefined }), endsAtMs: exp * 1_000 };
}
const SUBSCRIBE = 'subscription { executions { changed { id } } }';

/** A socket with an open stream; resolves when it is closed. */
async function closeOf(token: string, onOpen: () => Promise<unknown> = async () => undefined) {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIBE } }));
  await once(socket, 'message');
  await onOpen();
  const [code] = await once(socket, 'close');
  return { code, atMs: Date.now() };
}

/** The whole text of a stream of server-sent events, once it has ended. */
async function streamOf(token: string, onOpen: () => Promise<unknown> = async () => undefined) {
  const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
  const response = await postGraphQL(gateway.url, { query: SUBSCRIBE }, headers);
  await onOpen();
  return { text: await response.text(), atMs: Date.now() };
}

const deny = (kind: string, value: string) =>
  gateway.run(
    `mutation ($value: String!) { denyToken(input: { kind: ${kind}, value: $value }) {
    __typename ... on DenyTokenSuccess { denial { id kind value expiresAt deniedBy } } } }`,
    { value },
  );

describe('A token', () => {
  it.each(TRANSPORTS)('is taken over %s, and a bad one is not', async (_name, send) => {
    const operation = { query: 'query { viewer { subject scopes } }' };
    const { data } = await send(gateway.url, operation, await issuer.token());
    expect(data).toEqual({ viewer: { subject: 'ada', scopes: ['blueprints:read', 'executions:read'] } });
    const bad = await send(gateway.url, operation, await issuer.token({ aud: `not ${AUDIENCE}` }));
    expect(bad.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it.each(TRANSPORTS)('is no verdict over %s while the keys of the issuer cannot be had', async (_name, send) => {
    const down = await startTestIssuer();
    down.answer = (response) => response.destroy();
    const other = await startTestGateway({ issuer: down });
    const { errors } = await send(other.url, { query: '{ viewer { subject } }' }, await down.token());
    // A socket is told to come again later.
    expect(['UNAVAILABLE', 1013]).toContain(errors?.[0]?.extensions?.['code']);
    expect(other.bugs).toEqual([]);
    await other.close();
    await down.close();
  });

  it('closes its socket within a second of its end', async () => {
    const { token, endsAtMs } = await shortToken();
    const { code, atMs } = await closeOf(token);
    expect(code).toBe(4403);
    expect(atMs).toBeGreaterThanOrEqual(endsAtMs);
    expect(atMs - endsAtMs).toBeLessThan(1_000);
  });

  it('ends its server-sent events within a second of its end', async () => {
    const { token, endsAtMs } = await shortToken();
    const { text, atMs } = await streamOf(token);
    expect(text).toContain('UNAUTHENTICATED');
    expect(atMs).toBeGreaterThanOrEqual(endsAtMs);
    expect(atMs - endsAtMs).toBeLessThan(1_000);
  });

  it('that is denied while it streams ends within a second, and is not taken again until it is allowed', async () => {
    const token = await issuer.token({ sub: 'eve', jti: 'of-eve' });
    let deniedAtMs = 0;
    const denyNow = async () => {
      deniedAtMs = Date.now();
      const { data } = await deny('JTI', 'of-eve');
      expect(data).toMatchObject({ denyToken: { denial: { value: 'of-eve', expiresAt: expect.any(String) } } });
    };
    const closed = await closeOf(token, denyNow);
    expect(closed.code).toBe(4403);
    expect(closed.atMs - deniedAtMs).toBeLessThan(1_000);
    expect((await gateway.run('{ viewer { subject } }', {}, token)).errors?.[0]?.extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    const other = await issuer.token({ sub: 'eve', jti: 'other' });
    const streamed = await streamOf(other, () => deny('SUB', 'eve'));
    expect(streamed.text).toContain('UNAUTHENTICATED');
    const listed = await gateway.run('{ tokenDenials { edges { node { id value } } } }');
    expect(listed.data).toMatchObject({
      tokenDenials: { edges: [{ node: { value: 'eve' } }, { node: { value: 'of-eve' } }] },
    });
    const { data } = listed;
    const ids = JSON.stringify(data).match(/"id":"[^"]+"/g) ?? [];
    for (const id of ids.map((text) => text.slice(6, -1))) {
      const allow =
        'mutation ($id: ID!) { allowToken(input: { id: $id }) { __typename ... on AllowTokenSuccess { denial { id } } } }';
      expect((await gateway.run(allow, { id })).data).toMatchObject({ allowToken: { denial: { id } } });
      expect((await gateway.run(allow, { id })).data).toMatchObject({ allowToken: { __typename: 'NotFoundError' } });
    }
    expect((await gateway.run('{ viewer { subject } }', {}, token)).data).toEqual({ viewer: { subject: 'eve' } });
  });
});
