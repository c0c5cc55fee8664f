import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { KIB, MIB } from '../../../src/core/units.ts';
import { AnswerTooLargeError, DEFAULT_MAX_ANSWER_BYTES, fetchFrom } from '../../../src/egress/origin-fetch.ts';

let server: http.Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function start(answer: http.RequestListener): Promise<string> {
  server = http.createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
}

describe('fetchFrom', () => {
  it('gives an answer as it is, up to its bound', async () => {
    const origin = await start((_, response) => response.writeHead(418, { 'x-kind': 'teapot' }).end('x'.repeat(100)));
    const response = await fetchFrom(origin, 100)(`${origin}/a`);
    expect([response.status, response.headers.get('x-kind')]).toEqual([418, 'teapot']);
    expect(await response.text()).toBe('x'.repeat(100));
  });

  it('gives an answer without a body', async () => {
    const origin = await start((_, response) => response.writeHead(204).end());
    expect((await fetchFrom(origin, 0)(origin)).status).toBe(204);
  });

  it('fails with one byte more, and ends the connection', async () => {
    let isClosed: Promise<unknown> = Promise.resolve();
    const origin = await start((_, response) => {
      isClosed = once(response, 'close');
      response.write('x'.repeat(101)); // and no end
    });
    const response = await fetchFrom(origin, 100)(origin);
    await expect(response.text()).rejects.toThrow(AnswerTooLargeError);
    await isClosed;
  });

  it('counts what an answer unpacks to', async () => {
    const packed = gzipSync(Buffer.alloc(MIB));
    expect(packed.length).toBeLessThan(2 * KIB);
    const origin = await start((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed));
    const response = await fetchFrom(origin, MIB - 1)(origin);
    await expect(response.arrayBuffer()).rejects.toThrow('The answer is larger than 1048575 bytes.');
  });

  it('has a bound of 32 MiB where nobody sets one', async () => {
    expect(DEFAULT_MAX_ANSWER_BYTES).toBe(32 * MIB);
    const origin = await start((_, response) => response.end(Buffer.alloc(32 * MIB + 1)));
    await expect((await fetchFrom(origin)(origin)).arrayBuffer()).rejects.toThrow(AnswerTooLargeError);
  });

  it('asks no other origin, and follows no redirect', async () => {
    const origin = await start((_, response) => response.writeHead(307, { location: '/b' }).end());
    await expect(fetchFrom(origin)('http://127.0.0.1:9/')).rejects.toThrow('the only place that may be asked');
    await expect(fetchFrom(origin)(origin)).rejects.toThrow(TypeError);
  });
});
