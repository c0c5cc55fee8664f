import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('takes no proxy from the environment with which the process was started', async () => {
  const server = createServer((_, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  // Node reads these when it starts.
  const nowhere = 'http://127.0.0.1:1';
  const proxies = Object.fromEntries(
    ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [
      [name, nowhere],
      [name.toLowerCase(), nowhere],
    ]),
  );
  const script = `
    const { createEgress } = await import('./src/egress/egress.ts');
    const place = { host: 'service.test', port: ${port} };
    const egress = createEgress({ resolveName: async () => ['127.0.0.1'], allowPrivate: [place] });
    const request = { method: 'GET', url: 'http://service.test:${port}/', headers: {}, granted: [place] };
    const answer = await egress.request({ ...request, maxResponseBytes: 1000, timeoutMs: 5000 }, new AbortController().signal);
    console.log(answer.ok);
  `;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const env = { ...process.env, ...proxies, NODE_USE_ENV_PROXY: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  expect(stdout.trim()).toBe('true');
  await new Promise((resolve) => server.close(resolve));
});
