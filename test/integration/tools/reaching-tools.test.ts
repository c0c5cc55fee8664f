import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Validator } from '@cfworker/json-schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../../../src/core/json.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { parseToolManifest } from '../../../src/registry/parse-tool-manifest.ts';
import type { ToolDefinition } from '../../../src/registry/tool.ts';
import type { ProcessSandbox } from '../../../src/sandbox/process-sandbox.ts';
import type { Grant } from '../../../src/sandbox/grant.ts';
import { loadTools } from '../../../src/sandbox/load-tools.ts';
import type { SandboxOutcome } from '../../../src/sandbox/sandbox.ts';
import { never, openSandbox, toolCall, TOOLS_FOLDER } from '../../support/sandbox.ts';

let sandbox: ProcessSandbox;
let tools: ReadonlyMap<string, ToolDefinition>;
let server: Server;
let port: number;
let base: string;
let folder: string;

beforeAll(async () => {
  base = await realpath(await mkdtemp(path.join(tmpdir(), 'iceos-test-')));
  folder = path.join(base, 'granted');
  await mkdir(path.join(folder, 'sub'), { recursive: true });
  await writeFile(path.join(folder, 'sub', 'data.json'), '{"a":[1,2]}');
  await writeFile(path.join(folder, 'bytes.bin'), Buffer.from([0xff, 0xfe, 0x00]));
  await writeFile(path.join(base, 'secret.txt'), 'secret');
  await mkdir(path.join(base, 'granted-too'));
  await writeFile(path.join(base, 'granted-too', 'x.txt'), 'neighbour');
  await symlink(path.join(base, 'secret.txt'), path.join(folder, 'link.txt'));
  await symlink(base, path.join(folder, 'up'));
  await symlink(path.join(folder, 'sub', 'data.json'), path.join(folder, 'inner.json'));

  server = createServer((request, response) => {
    if (request.url === '/status') response.writeHead(503).end('busy');
    else if (request.url === '/trace') response.end(request.headers['traceparent'] ?? 'none');
    else if (request.url === '/large') response.end('x'.repeat(1_500_000));
    else {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () =>
        response.setHeader('x-got', request.headers['content-type'] ?? 'nothing').end(Buffer.concat(pieces)),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port; // it listens on TCP
  sandbox = openSandbox({ egress: createEgress({ allowPrivate: [{ host: '127.0.0.1', port }] }), warmWorkers: 2 });
  const loaded = await loadTools([TOOLS_FOLDER], parseToolManifest);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  tools = new Map(loaded.value.map((tool) => [tool.name, tool]));
});
afterAll(async () => {
  await sandbox.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(base, { recursive: true });
});

const isValid = (schema: ToolDefinition['input'], value: Json): boolean =>
  new Validator({ ...schema }, '2020-12').validate(value).valid;

/** Runs a tool, and holds its input and output against what its manifest says. */
async function use(name: string, input: Json, grants: readonly Grant[] = []): Promise<SandboxOutcome> {
  const tool = tools.get(name);
  if (tool === undefined) throw new Error(`There is no tool ${name}.`);
  const { outcome } = await sandbox.run(toolCall(name, input, { grants }), never());
  if (outcome.kind === 'succeeded') {
    expect(isValid(tool.input, input)).toBe(true);
    expect(isValid(tool.output, outcome.output)).toBe(true);
  }
  return outcome;
}

const output = async (name: string, input: Json, grants: readonly Grant[] = []): Promise<Json> => {
  const outcome = await use(name, input, grants);
  return outcome.kind === 'succeeded' ? outcome.output : { failed: outcome.kind, message: outcome.message };
};
const refusal = async (name: string, input: Json, grants: readonly Grant[] = []): Promise<string> => {
  const outcome = await use(name, input, grants);
  return outcome.kind === 'threw' && !outcome.retryable ? outcome.message : `not refused: ${JSON.stringify(outcome)}`;
};

describe('file.read', () => {
  const grants = (): readonly Grant[] => [{ kind: 'folder', name: 'data', path: folder }];
  const read = (name: string, more: Record<string, Json> = {}): Promise<Json> =>
    output('file.read', { folder: 'data', path: name, ...more }, grants());

  it('reads text, JSON and bytes', async () => {
    expect(await read('sub/data.json')).toEqual({ text: '{"a":[1,2]}', bytes: 11 });
    expect(await read('inner.json', { as: 'json' })).toEqual({ json: { a: [1, 2] }, bytes: 11 });
    expect(await read('bytes.bin', { as: 'base64' })).toEqual({ base64: '//4A', bytes: 3 });
  });

  it.each([
    '../secret.txt',
    'sub/../../secret.txt',
    'link.txt',
    'up/secret.txt',
    '../granted-too/x.txt',
    'up/granted-too/x.txt',
    '.',
    'sub',
    'missing',
    'a\0b',
    '/etc/hostname',
  ])('does not leave its folder by %j', async (name) => {
    const message = await refusal('file.read', { folder: 'data', path: name }, grants());
    expect(message).not.toMatch(/^not refused/);
    expect(message).not.toContain('secret"');
  });

  it('refuses a folder that is not granted, what is too large, and what has not the form', async () => {
    expect(await refusal('file.read', { folder: 'other', path: 'x' }, grants())).toMatch(/is not granted/);
    expect(await refusal('file.read', { folder: 'toString', path: 'x' }, grants())).toMatch(/is not granted/);
    expect(await refusal('file.read', { folder: 'data', path: 'sub/data.json', maxBytes: 10 }, grants())).toMatch(
      /has 11 bytes; allowed are 10/,
    );
    expect(await refusal('file.read', { folder: 'data', path: 'bytes.bin' }, grants())).toMatch(/no UTF-8 text/);
  });
});

describe('http.request', () => {
  const grants = (): readonly Grant[] => [{ kind: 'host', host: '127.0.0.1', port }];
  const url = (at: string): string => `http://127.0.0.1:${port}${at}`;

  it('asks a granted host through the broker', async () => {
    expect(
      await output('http.request', { url: url('/'), method: 'POST', json: { a: 1 }, as: 'json' }, grants()),
    ).toMatchObject({
      status: 200,
      url: url('/'),
      json: { a: 1 },
      bytes: 7,
      headers: { 'x-got': 'application/json' },
    });
  });

  it('sends the trace of its call, unless the request has one', async () => {
    const asks = async (input: JsonObject, traceparent?: string): Promise<Json> => {
      const call = toolCall('http.request', { url: url('/trace'), ...input }, { grants: grants(), traceparent });
      const { outcome } = await sandbox.run(call, never());
      return outcome.kind === 'succeeded' && isJsonObject(outcome.output)
        ? (outcome.output['text'] ?? null)
        : outcome.kind;
    };
    expect(await asks({})).toBe('none');
    expect(await asks({}, '00-1-2-01')).toBe('00-1-2-01');
    expect(await asks({ headers: { TraceParent: '00-3-4-00' } }, '00-1-2-01')).toBe('00-3-4-00');
  });

  it('brings back an answer that is longer than a frame', async () => {
    expect(await output('http.request', { url: url('/large') }, grants())).toMatchObject({
      bytes: 1_500_000,
      text: 'x'.repeat(1_500_000),
    });
  });

  it('is refused without a grant, and fails with the status', async () => {
    expect(await refusal('http.request', { url: url('/') })).toMatch(/is not granted/);
    expect(await use('http.request', { url: url('/status') }, grants())).toMatchObject({
      kind: 'threw',
      retryable: true,
      message: expect.stringContaining('status 503'),
    });
    expect(await output('http.request', { url: url('/status'), failOnStatus: false }, grants())).toMatchObject({
      status: 503,
      text: 'busy',
    });
    expect(await refusal('http.request', { url: url('/large'), maxBytes: 1_000 }, grants())).toMatch(
      /larger than 1000 bytes/,
    );
  });
});
