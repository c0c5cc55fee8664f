import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIB } from '../../../src/core/units.ts';
import { createEgress, type EgressRequest, type EgressSettings } from '../../../src/egress/egress.ts';
import { never } from '../../support/sandbox.ts';

type Respond = (request: IncomingMessage, response: ServerResponse) => void;

const sayHello: Respond = (_, response) => response.end('hello');

let respond: Respond;
let server: Server;
let port = 0;

beforeEach(async () => {
  respond = sayHello;
  server = createServer((request, response) => respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port; // it listens on TCP
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const hereAs = (name: string): { host: string; port: number } => ({ host: name, port });

/** An egress for which every name leads to the server of the test, and which allows that for `service.test`. */
const egressHere = (settings: EgressSettings = {}) =>
  createEgress({
    resolveName: () => Promise.resolve(['127.0.0.1']),
    allowPrivate: [hereAs('service.test')],
    ...settings,
  });

const requestTo = (url: string, overrides: Partial<EgressRequest> = {}): EgressRequest => ({
  method: 'GET',
  url,
  headers: {},
  granted: [hereAs('service.test')],
  maxResponseBytes: MIB,
  timeoutMs: 5_000,
  ...overrides,
});

const here = (path = '/', name = 'service.test'): string => `http://${name}:${port}${path}`;
const reasonOf = (answer: Awaited<ReturnType<ReturnType<typeof createEgress>['request']>>): string =>
  answer.ok ? 'answered' : answer.error.reason;

describe('egress', () => {
  it('connects to the address that it checked, with the name as Host', async () => {
    let host: string | undefined;
    respond = (request, response) => {
      host = request.headers.host;
      response.setHeader('x-more', 'yes').end('hello');
    };
    let resolutions = 0;
    const resolveName = (): Promise<readonly string[]> => {
      resolutions += 1;
      return Promise.resolve(['127.0.0.1']);
    };
    const answer = await egressHere({ resolveName }).request(requestTo(here('/x?y=1')), never());
    expect(answer).toMatchObject({
      ok: true,
      value: { status: 200, url: here('/x?y=1'), headers: { 'x-more': 'yes' }, redirectCount: 0 },
    });
    expect(answer.ok && answer.value.body.toString()).toBe('hello');
    expect([host, resolutions]).toEqual([`service.test:${port}`, 1]);
  });

  it('sends method, headers and body', async () => {
    respond = (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () =>
        response.end(`${request.method} ${String(request.headers['x-key'])} ${Buffer.concat(pieces).toString()}`),
      );
    };
    const answer = await egressHere().request(
      requestTo(here(), { method: 'POST', headers: { 'x-key': 'k' }, body: Buffer.from('body') }),
      never(),
    );
    expect(answer.ok && answer.value.body.toString()).toBe('POST k body');
  });

  it('refuses a name that leads to a private address, even when only one of its addresses does', async () => {
    const granted = [hereAs('rebind.test')];
    for (const addresses of [
      ['127.0.0.1'],
      ['10.0.0.1'],
      ['93.184.216.34', '169.254.169.254'],
      ['::ffff:127.0.0.1'],
      ['64:ff9b::7f00:1'],
    ]) {
      const egress = egressHere({ resolveName: () => Promise.resolve(addresses) });
      expect(reasonOf(await egress.request(requestTo(here('/', 'rebind.test'), { granted }), never()))).toBe(
        'addressRefused',
      );
    }
  });

  it('refuses private addresses written as numbers', async () => {
    for (const host of ['127.0.0.1', '0x7f.1', '2130706433', '[::1]', '[::ffff:7f00:1]', '0.0.0.0']) {
      const url = `http://${host}:${port}/`;
      const granted = [{ host: new URL(url).hostname, port }];
      expect(reasonOf(await createEgress().request(requestTo(url, { granted }), never()))).toBe('addressRefused');
    }
  });

  it('refuses the product own listeners, whatever else says yes', async () => {
    const egress = egressHere({ refused: () => [{ host: '127.0.0.1', port }] });
    expect(reasonOf(await egress.request(requestTo(here()), never()))).toBe('addressRefused');
  });

  it('refuses them by every name and address that leads to them', async () => {
    const names: Record<string, string> = {
      'db.internal': '10.1.2.3',
      'alias.test': '10.1.2.3',
      'mapped.test': '::ffff:10.1.2.3',
    };
    const egress = createEgress({
      resolveName: (name) => Promise.resolve([names[name] ?? '10.9.9.9']),
      allowPrivate: ['db.internal', 'alias.test', 'mapped.test', '10.1.2.3', 'other.test'].map(hereAs),
      refused: () => [hereAs('db.internal')],
    });
    const granted = ['db.internal', 'DB.internal.', 'alias.test', 'mapped.test', '10.1.2.3'].map(hereAs);
    for (const { host } of granted) {
      const answer = await egress.request(requestTo(here('/', host), { granted }), never());
      expect(answer, host).toMatchObject({
        ok: false,
        error: { reason: 'addressRefused', message: expect.stringContaining('listener') },
      });
    }
    // The machine's own addresses lead to a listener on all of them, too.
    const wildcard = egressHere({ refused: () => [hereAs('0.0.0.0')] });
    expect(reasonOf(await wildcard.request(requestTo(here()), never()))).toBe('addressRefused');
    const localhost = egressHere({
      refused: () => [hereAs('localhost')],
      resolveName: () => Promise.resolve(['127.0.0.53']),
    });
    expect(reasonOf(await localhost.request(requestTo(here()), never()))).toBe('addressRefused');
  });

  it('refuses what is not granted before it resolves a name', async () => {
    const egress = egressHere({ resolveName: () => Promise.reject(new Error('asked')) });
    expect(reasonOf(await egress.request(requestTo(here(), { granted: [] }), never()))).toBe('notGranted');
  });

  it('checks each redirect again', async () => {
    const granted = [hereAs('service.test'), hereAs('private.test')];
    respond = (request, response) => response.writeHead(302, { location: request.url?.slice(1) ?? '' }).end();
    const follow = async (to: string): Promise<string> =>
      reasonOf(await egressHere().request(requestTo(here(`/${to}`), { granted }), never()));
    expect(await follow(here('/', 'elsewhere.test'))).toBe('notGranted');
    expect(await follow(here('/', 'private.test'))).toBe('addressRefused');
    expect(await follow('file:///etc/passwd')).toBe('invalidRequest');
  });

  it('drops the Authorization header on the way to another origin, and keeps it otherwise', async () => {
    const granted = [hereAs('service.test'), hereAs('other.test')];
    const seen: (string | undefined)[] = [];
    respond = (request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === '/1') response.writeHead(302, { location: '/2' }).end();
      else if (request.url === '/2') response.writeHead(307, { location: here('/3', 'other.test') }).end();
      else response.end();
    };
    const egress = egressHere({ allowPrivate: granted });
    const answer = await egress.request(
      requestTo(here('/1'), { granted, headers: { authorization: 'Bearer secret' } }),
      never(),
    );
    expect(answer).toMatchObject({ ok: true, value: { url: here('/3', 'other.test'), redirectCount: 2 } });
    expect(seen).toEqual(['Bearer secret', 'Bearer secret', undefined]);
  });

  it('follows five redirects and no sixth', async () => {
    respond = (request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    };
    expect(reasonOf(await egressHere().request(requestTo(here('/5')), never()))).toBe('answered');
    expect(reasonOf(await egressHere().request(requestTo(here('/6')), never()))).toBe('tooManyRedirects');
  });

  it('unpacks a compressed answer and bounds it unpacked', async () => {
    const text = 'iceOS '.repeat(1_000);
    respond = (request, response) => {
      const packed =
        request.url === '/br'
          ? brotliCompressSync(text)
          : gzipSync(request.url === '/bomb' ? Buffer.alloc(64 * MIB) : text);
      response.writeHead(200, { 'content-encoding': request.url === '/br' ? 'br' : 'gzip' }).end(packed);
    };
    for (const path of ['/gzip', '/br']) {
      let received = 0;
      const onReceived = (bytes: number): boolean => (received += bytes) > 0;
      const answer = await egressHere().request(requestTo(here(path), { onReceived }), never());
      expect(answer.ok && answer.value.body.toString()).toBe(text);
      // As it is unpacked, with its headers.
      expect(received).toBeGreaterThan(text.length);
      expect(received).toBeLessThan(text.length + 1_000);
    }
    expect(reasonOf(await egressHere().request(requestTo(here('/bomb')), never()))).toBe('tooLarge');
  });

  it('ends an answer that goes on and on', async () => {
    respond = (_, response) => {
      const more = (): void => {
        while (response.write(Buffer.alloc(64 * 1024)));
        response.once('drain', more);
      };
      more();
    };
    expect(reasonOf(await egressHere().request(requestTo(here()), never()))).toBe('tooLarge');
  });

  it('gives up after its timeout and when it is canceled', async () => {
    respond = () => undefined;
    expect(reasonOf(await egressHere().request(requestTo(here(), { timeoutMs: 50 }), never()))).toBe('timedOut');
    expect(reasonOf(await egressHere().request(requestTo(here()), AbortSignal.timeout(50)))).toBe('canceled');
    const slowNames = egressHere({ resolveName: () => new Promise(() => undefined) });
    expect(reasonOf(await slowNames.request(requestTo(here(), { timeoutMs: 50 }), never()))).toBe('timedOut');
  });

  it('says when a host cannot be reached, and that it may work later', async () => {
    const closed = await new Promise<number>((resolve) => {
      const probe = createServer().listen(0, '127.0.0.1', () => {
        const { port: free } = probe.address() as AddressInfo; // it listens on TCP
        probe.close(() => resolve(free));
      });
    });
    const place = { host: 'service.test', port: closed };
    const egress = egressHere({ allowPrivate: [place] });
    const answer = await egress.request(requestTo(`http://service.test:${closed}/`, { granted: [place] }), never());
    expect(answer).toMatchObject({ ok: false, error: { reason: 'connectFailed', retryable: true } });
    const nameless = egressHere({ resolveName: () => Promise.reject(new Error('ENOTFOUND')) });
    expect(reasonOf(await nameless.request(requestTo(here()), never()))).toBe('connectFailed');
  });

  it('refuses headers that belong to the connection, or that would split it', async () => {
    for (const headers of [
      { Host: 'evil.test' },
      { 'Transfer-Encoding': 'chunked' },
      { connection: 'upgrade' },
      { 'x-a': 'b\r\nx-c: d' },
      { 'bad name': 'x' },
    ]) {
      expect(reasonOf(await egressHere().request(requestTo(here(), { headers }), never()))).toBe('invalidRequest');
    }
  });

  it('is not held up by an answer that comes byte by byte', async () => {
    const timers: NodeJS.Timeout[] = [];
    respond = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      timers.push(setInterval(() => response.write('x'), 10));
    };
    const start = performance.now();
    expect(reasonOf(await egressHere().request(requestTo(here(), { timeoutMs: 200 }), never()))).toBe('timedOut');
    expect(performance.now() - start).toBeLessThan(2_000);
    for (const timer of timers) clearInterval(timer);
  });

  it('counts what is sent and received, of all redirects together, and ends when the caller takes no more', async () => {
    respond = (request, response) => {
      if (request.url === '/') response.writeHead(307, { location: '/end' }).end('x'.repeat(1_000));
      else response.end('y'.repeat(2_000));
    };
    const count = { sent: 0, received: 0 };
    const body = Buffer.alloc(500);
    const onSent = (bytes: number): number => (count.sent += bytes);
    const onReceived = (bytes: number): boolean => (count.received += bytes) < 1_000_000;
    const more = { method: 'POST', body, onSent, onReceived };
    expect(reasonOf(await egressHere().request(requestTo(here(), more), never()))).toBe('answered');
    // Two requests and two answers, each with less than 500 bytes of headers.
    expect(count.sent).toBeGreaterThan(1_000);
    expect(count.sent).toBeLessThan(2_000);
    expect(count.received).toBeGreaterThan(3_000);
    expect(count.received).toBeLessThan(4_000);
    const stingy = { ...more, onReceived: () => false };
    expect(reasonOf(await egressHere().request(requestTo(here(), stingy), never()))).toBe('tooLarge');
  });
});
