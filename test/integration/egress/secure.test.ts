import { readFile } from 'node:fs/promises';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MIB } from '../../../src/core/units.ts';
import { createEgress, type EgressRequest } from '../../../src/egress/egress.ts';
import { HttpResponse } from '../../../src/protocol/host-calls.ts';
import type { Grant } from '../../../src/sandbox/grant.ts';
import { createBroker, type HostAnswer } from '../../../src/sandbox/broker.ts';
import { createHostCalls } from '../../../src/sandbox/host-calls/host-calls.ts';
import { never } from '../../support/sandbox.ts';

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

let certificate: string;
let server: Server;
let plain: ReturnType<typeof createPlainServer>;
let port: number;
let plainPort: number;
let respond: Respond = (_, response) => response.end('hello');
let seen: {
  url: string | undefined;
  host: string | undefined;
  server: unknown;
  auth: string | undefined;
}[];

beforeAll(async () => {
  // Made for these tests alone; nothing trusts it.
  certificate = await readFile('test/fixtures/tls/cert.pem', 'utf8');
  const key = await readFile('test/fixtures/tls/key.pem', 'utf8');
  const listener: Respond = (request, response) => {
    const { socket } = request;
    seen.push({
      url: request.url,
      host: request.headers.host,
      server: socket instanceof TLSSocket && 'servername' in socket ? socket.servername : undefined,
      auth: request.headers.authorization,
    });
    respond(request, response);
  };
  server = createServer({ cert: certificate, key }, listener);
  plain = createPlainServer(listener);
  for (const each of [server, plain]) await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port; // it listens on TCP
  plainPort = (plain.address() as AddressInfo).port; // it listens on TCP
});
afterAll(async () => {
  for (const each of [server, plain]) {
    each.closeAllConnections();
    await new Promise((resolve) => each.close(resolve));
  }
});

const at = (host: string, here = port) => ({ host, port: here });
const egressHere = () =>
  createEgress({
    resolveName: () => Promise.resolve(['127.0.0.1']),
    allowPrivate: [at('service.test'), at('other.test'), at('wrong.test'), at('service.test', plainPort)],
    trusted: [certificate],
  });
const requestTo = (url: string, more: Partial<EgressRequest> = {}): EgressRequest => ({
  method: 'GET',
  url,
  headers: {},
  granted: [at('service.test'), at('other.test'), at('wrong.test'), at('service.test', plainPort)],
  maxResponseBytes: MIB,
  timeoutMs: 5_000,
  ...more,
});

describe('egress over TLS', () => {
  it('connects to the checked address with the name for the certificate and as Host', async () => {
    seen = [];
    respond = (_, response) => response.end('hello');
    const answer = await egressHere().request(requestTo(`https://service.test:${port}/x`), never());
    expect(answer).toMatchObject({ ok: true, value: { status: 200 } });
    expect(seen).toEqual([{ url: '/x', host: `service.test:${port}`, server: 'service.test', auth: undefined }]);
  });

  it('refuses a certificate of another name, and one that nobody trusts', async () => {
    seen = [];
    const wrong = await egressHere().request(requestTo(`https://wrong.test:${port}/`), never());
    expect(wrong).toMatchObject({ ok: false, error: { reason: 'connectFailed' } });
    const untrusted = createEgress({
      resolveName: () => Promise.resolve(['127.0.0.1']),
      allowPrivate: [at('service.test')],
    });
    expect(await untrusted.request(requestTo(`https://service.test:${port}/`), never())).toMatchObject({
      ok: false,
      error: { reason: 'connectFailed' },
    });
    expect(seen).toEqual([]);
  });

  it('drops credentials on the way from https to http of the same host', async () => {
    seen = [];
    respond = (request, response) => {
      if (request.url === '/start') response.writeHead(302, { location: `http://service.test:${plainPort}/end` }).end();
      else response.end();
    };
    const headers = { authorization: 'Bearer x' };
    await egressHere().request(requestTo(`https://service.test:${port}/start`, { headers }), never());
    expect(seen.map(({ url, auth }) => [url, auth])).toEqual([
      ['/start', 'Bearer x'],
      ['/end', undefined],
    ]);
  });
});

describe('a secret on its way', () => {
  const SECRET = 'hunter2-hunter2';
  const grants = (): readonly Grant[] => [
    { kind: 'host', ...at('service.test') },
    { kind: 'host', ...at('other.test') },
    { kind: 'secret', name: 'token', hosts: [at('service.test')], header: 'x-key', read: () => SECRET },
  ];
  const ask = async (path: string, host = 'service.test') => {
    const broker = createBroker({ handlers: createHostCalls({ egress: egressHere() }), grants: grants() });
    const request = { method: 'GET', url: `https://${host}:${port}${path}`, headers: { 'x-key': '{{secret:token}}' } };
    const answer = await new Promise<HostAnswer>((resolve, reject) => {
      const asked = { name: 'http.request', request, bytes: 100 };
      broker.answer(asked, never(), async (given) => resolve(given)).catch(reject);
    });
    return { answer, counts: broker.counts() };
  };

  it('reaches its host in its header, and does not come back', async () => {
    let got: unknown;
    respond = (request, response) => {
      got = request.headers['x-key'];
      const base64 = Buffer.from(`a${SECRET}`).toString('base64');
      response.setHeader('x-echo', SECRET).end(`${SECRET} ${base64} ${encodeURIComponent(SECRET)}`);
    };
    const { answer, counts } = await ask('/');
    expect(got).toBe(SECRET);
    expect(answer.ok).toBe(true);
    const { bodyBase64, headers } = HttpResponse.parse(answer.ok ? answer.value : undefined);
    const body = Buffer.from(bodyBase64, 'base64').toString();
    expect(body.split('[redacted]')).toHaveLength(4);
    expect(JSON.stringify([body, headers])).not.toContain('hunter2');
    expect(counts.hostBytesSent).toBeGreaterThan(SECRET.length);
    expect(counts.hostBytesReceived).toBeGreaterThan(SECRET.length);
  });

  it('is not carried to another origin, nor back from there', async () => {
    const keys: [string | undefined, unknown][] = [];
    respond = (request, response) => {
      keys.push([request.url, request.headers['x-key']]);
      if (request.url === '/away') response.writeHead(302, { location: `https://other.test:${port}/there` }).end();
      else if (request.url === '/there')
        response.writeHead(302, { location: `https://service.test:${port}/back` }).end();
      else if (request.url === '/near') response.writeHead(302, { location: '/stay' }).end();
      else response.end();
    };
    expect((await ask('/away')).answer.ok).toBe(true);
    expect((await ask('/near')).answer.ok).toBe(true);
    expect(keys).toEqual([
      ['/away', SECRET],
      ['/there', undefined],
      ['/back', undefined],
      ['/near', SECRET],
      ['/stay', SECRET],
    ]);
  });

  it('is not sent to a host that it is not bound to', async () => {
    seen = [];
    const { answer } = await ask('/', 'other.test');
    expect(answer).toMatchObject({ ok: false, error: { message: expect.stringMatching(/not bound to other\.test/) } });
    expect(seen).toEqual([]);
  });
});
