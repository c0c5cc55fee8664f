import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { postGraphQL, startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { startTestIssuer, type TestIssuer } from '../../support/issuer.ts';

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

const SUBSCRIBE = 'subscription { executions { changed { id } } }';
const RENEW = `mutation ($streamId: ID!, $token: String!) { renewStream(input: { streamId: $streamId, token: $token }) {
  __typename ... on Error { message } ... on RenewStreamSuccess { streamId expiresAt } } }`;

/** A token that ends within two seconds. */
const shortToken = (claims: Record<string, unknown> = {}): Promise<string> =>
  issuer.token({ exp: Math.ceil(Date.now() / 1_000) + 1, ...claims });
const LONGER_THAN_THAT_MS = 3_000;

const Message = z.object({
  type: z.string(),
  id: z.string().optional(),
  payload: z.record(z.string(), z.unknown()).optional(),
});

/** A socket that is acknowledged and streams; `ask` runs another operation on it. */
async function openSocket(token: string) {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const messages: z.infer<typeof Message>[] = [];
  let closedWith: number | undefined;
  socket.on('close', (code) => (closedWith = code));
  socket.on('message', (data: Buffer) => messages.push(Message.parse(JSON.parse(data.toString()))));
  const send = (message: unknown): void => socket.send(JSON.stringify(message));
  const next = async (type: string, id?: string) => {
    for (;;) {
      const found = messages.find((message) => message.type === type && message.id === id);
      if (found !== undefined) return found;
      await once(socket, 'message');
    }
  };
  await once(socket, 'open');
  send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  const acknowledged = await next('connection_ack');
  send({ id: 'stream', type: 'subscribe', payload: { query: SUBSCRIBE } });
  await next('next', 'stream');
  return {
    streamId: z.string().parse(acknowledged.payload?.['streamId']),
    closedWith: () => closedWith,
    async ask(query: string, variables: Record<string, unknown> = {}) {
      const id = uuid();
      send({ id, type: 'subscribe', payload: { query, variables } });
      return (await next('next', id)).payload?.['data'];
    },
    close: () => socket.close(),
  };
}

describe('renewStream', () => {
  it('lets a socket go on with a fresh token, handed in over itself, until that one ends too', async () => {
    const socket = await openSocket(await shortToken());
    const exp = Math.ceil(Date.now() / 1_000) + 5;
    const token = await issuer.token({ exp, scope: 'executions:read blueprints:read keys' });
    const renewed = await socket.ask(RENEW, { streamId: socket.streamId, token });
    const expiresAt = new Date(exp * 1_000).toISOString();
    expect(renewed).toEqual({
      renewStream: { __typename: 'RenewStreamSuccess', streamId: socket.streamId, expiresAt },
    });
    await delay(LONGER_THAN_THAT_MS);
    expect(socket.closedWith()).toBeUndefined();
    // What begins from now on has the scopes of the new one.
    expect(await socket.ask('{ viewer { scopes } }')).toEqual({
      viewer: { scopes: ['blueprints:read', 'executions:read', 'keys'] },
    });
    await delay(exp * 1_000 + 1_000 - Date.now());
    expect(socket.closedWith()).toBe(4403);
  });

  it('lets server-sent events go on, handed in over HTTP', async () => {
    const headers = { authorization: `Bearer ${await shortToken()}`, accept: 'text/event-stream' };
    const response = await postGraphQL(gateway.url, { query: SUBSCRIBE }, headers);
    const streamId = response.headers.get('x-stream-id');
    let isOver = false;
    const text = response.text().finally(() => (isOver = true));
    const token = await issuer.token({ jti: 'of-the-renewed' });
    const { data } = await gateway.run(RENEW, { streamId, token }, token);
    expect(data).toMatchObject({ renewStream: { __typename: 'RenewStreamSuccess' } });
    await delay(LONGER_THAN_THAT_MS);
    expect(isOver).toBe(false);
    await gateway.run('mutation { denyToken(input: { kind: JTI, value: "of-the-renewed" }) { __typename } }');
    expect(await text).toContain('UNAUTHENTICATED');
    const after = await gateway.run(RENEW, { streamId, token: gateway.key }, await issuer.token({ jti: 'other' }));
    expect(after.data).toMatchObject({ renewStream: { __typename: 'NotFoundError' } });
  });

  it('takes the key that a rotated one was replaced by', async () => {
    const key = await gateway.createKey({ name: 'page' });
    const socket = await openSocket(key);
    const listed = await gateway.run('{ apiKeys(first: 1) { edges { node { id } } } }');
    const id = /"id":"([^"]+)"/.exec(JSON.stringify(listed.data))?.[1];
    const rotate = `mutation ($id: ID!) { rotateApiKey(input: { id: $id, overlapMs: 1500 }) {
      ... on RotateApiKeySuccess { key } } }`;
    const rotated = await gateway.run(rotate, { id });
    const token = z.object({ rotateApiKey: z.object({ key: z.string() }) }).parse(rotated.data).rotateApiKey.key;
    const renewed = await socket.ask(RENEW, { streamId: socket.streamId, token });
    expect(renewed).toMatchObject({ renewStream: { streamId: socket.streamId, expiresAt: null } });
    await delay(LONGER_THAN_THAT_MS);
    expect(socket.closedWith()).toBeUndefined();
    socket.close();
  });

  it('refuses what is no credential for this stream, and leaves it as it is', async () => {
    const socket = await openSocket(await issuer.token());
    const { streamId } = socket;
    for (const token of [
      'nonsense',
      await issuer.token({ exp: Math.floor(Date.now() / 1_000) - 1 }),
      await issuer.token({ sub: 'eve' }),
      await issuer.token({ tenant: uuid() }),
      await issuer.token({ scope: 'executions:read' }),
      // Of the same name, but no token of ada's.
      await gateway.createKey({ name: 'ada' }),
    ]) {
      const refused = await socket.ask(RENEW, { streamId, token });
      expect(refused).toMatchObject({ renewStream: { __typename: 'InvalidInputError' } });
    }
    expect(await socket.ask('{ viewer { scopes } }')).toEqual({
      viewer: { scopes: ['blueprints:read', 'executions:read'] },
    });
    socket.close();
  });

  it('knows no stream of others, of other processes, and none that there is not', async () => {
    const socket = await openSocket(await issuer.token());
    const token = await issuer.token();
    const notFound = { __typename: 'NotFoundError', message: expect.stringContaining('over the WebSocket itself') };
    const ask = (by: string, streamId = socket.streamId) => gateway.run(RENEW, { streamId, token }, by);
    for (const answer of [
      await ask(await issuer.token({ sub: 'eve' })),
      await ask(await issuer.token({ tenant: uuid() })),
      await ask(gateway.key),
      await ask(token, uuid()),
    ]) {
      expect(answer.data).toEqual({ renewStream: notFound });
    }
    const other = await startTestGateway({ issuer });
    expect((await other.run(RENEW, { streamId: socket.streamId, token }, token)).data).toEqual({
      renewStream: notFound,
    });
    await other.close();
    socket.close();
  });
});
