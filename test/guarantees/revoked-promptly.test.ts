import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { postGraphQL, startTestGateway, type TestGateway } from '../support/gateway.ts';
import { startTestIssuer, type TestIssuer } from '../support/issuer.ts';

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
const PROMPTLY_MS = 1_000;

/** Opens a stream; `ended` says when and how the stream ended. */
type Open = (
  credential: string,
) => Promise<{ readonly ended: Promise<{ readonly how: string; readonly atMs: number }> }>;

const overWebSocket: Open = async (credential) => {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${credential}` } }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIBE } }));
  await once(socket, 'message');
  return { ended: once(socket, 'close').then(([code]) => ({ how: `closed with ${code}`, atMs: Date.now() })) };
};

const overEvents: Open = async (credential) => {
  const headers = { authorization: `Bearer ${credential}`, accept: 'text/event-stream' };
  const response = await postGraphQL(gateway.url, { query: SUBSCRIBE }, headers);
  return { ended: response.text().then((text) => ({ how: text, atMs: Date.now() })) };
};

interface Case {
  readonly credential: string;
  /** Resolves when the end is acknowledged, or has come. */
  end(): Promise<unknown>;
}

const Created = z.object({ createApiKey: z.object({ key: z.string(), apiKey: z.object({ id: z.string() }) }) });

async function keyAnd(mutation: string): Promise<Case> {
  const { data } = await gateway.run(`mutation { createApiKey(input: { name: "page", scopes: ["executions:read"] }) {
    ... on CreateApiKeySuccess { key apiKey { id } } } }`);
  const { key, apiKey } = Created.parse(data).createApiKey;
  return {
    credential: key,
    end: () => gateway.run(`mutation { ${mutation}(input: { id: "${apiKey.id}" }) { __typename } }`),
  };
}

let count = 0;
async function tokenAnd(kind: 'JTI' | 'SUB'): Promise<Case> {
  const value = `of-case-${(count += 1)}`;
  const credential = await issuer.token({ jti: value, sub: value });
  const deny = `mutation { denyToken(input: { kind: ${kind}, value: "${value}" }) { __typename } }`;
  return { credential, end: () => gateway.run(deny) };
}

async function expiring(): Promise<Case> {
  const exp = Math.ceil(Date.now() / 1_000) + 1;
  const credential = await issuer.token({ exp, sub: 'of-an-hour' });
  return { credential, end: () => new Promise((resolve) => setTimeout(resolve, exp * 1_000 - Date.now())) };
}

const cases: readonly (readonly [string, () => Promise<Case>])[] = [
  ['a key that is revoked', () => keyAnd('revokeApiKey')],
  ['a key that is rotated without overlap', () => keyAnd('rotateApiKey')],
  [
    'a key that expires',
    async () => {
      const expiresAt = Date.now() + 1_500;
      const credential = await gateway.createKey({ expiresAt });
      return { credential, end: () => new Promise((resolve) => setTimeout(resolve, expiresAt - Date.now())) };
    },
  ],
  ['a token that is denied', () => tokenAnd('JTI')],
  ['a token whose subject is denied', () => tokenAnd('SUB')],
  ['a token that expires', expiring],
];

describe.each(cases)('With %s', (_name, prepare) => {
  it.each([
    ['WebSockets', overWebSocket, 'closed with 4403'],
    ['server-sent events', overEvents, 'UNAUTHENTICATED'],
  ] as const)('%s end within a second, and nothing more is taken', async (_transport, open, expected) => {
    const { credential, end } = await prepare();
    const { ended } = await open(credential);
    await end();
    const endedAtMs = Date.now();
    const refused = await gateway.run('{ viewer { subject } }', {}, credential);
    expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
    const { how, atMs } = await ended;
    expect(how).toContain(expected);
    expect(atMs - endedAtMs).toBeLessThan(PROMPTLY_MS);
  });
});
