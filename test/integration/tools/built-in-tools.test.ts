import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Validator } from '@cfworker/json-schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
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

describe('the folder of tools', () => {
  it('holds the built-in tools', async () => {
    expect([...tools.keys()]).toEqual([
      'csv.format',
      'csv.parse',
      'file.read',
      'hash.digest',
      'http.request',
      'json.query',
      'text.template',
    ]);
    expect((await readdir(TOOLS_FOLDER)).sort()).toEqual([...tools.keys()]);
  });

  it('names every fault of a manifest, and its file', async () => {
    const root = path.join(base, 'tools');
    await mkdir(path.join(root, 'a'), { recursive: true });
    await mkdir(path.join(root, 'b'));
    await mkdir(path.join(root, 'no-tool'));
    await writeFile(path.join(root, 'a', 'tool.json'), '{"name":"A","version":"1"}');
    const good = {
      name: 'text.upper',
      version: '1.0.0',
      description: 'Upper case.',
      entry: '../a/tool.json',
      input: {},
      output: {},
    };
    await writeFile(path.join(root, 'b', 'tool.json'), JSON.stringify(good));
    const loaded = await loadTools([root], parseToolManifest);
    const messages = loaded.ok
      ? []
      : loaded.error.map(({ file, message }) => `${path.relative(root, file)} ${message}`);
    expect(messages).toContainEqual(expect.stringMatching(/^a.tool\.json \/name: /));
    expect(messages).toContainEqual(expect.stringMatching(/^b.tool\.json Its entry/));
  });
});

describe('text.template', () => {
  it('fills names, members and lists, and writes braces', async () => {
    const input = {
      template: '{greeting}, {user.name}! {{x}} {list.1} {n} {user}',
      greeting: 'Hello',
      user: { name: 'Ada' },
      list: ['a', 'b'],
      n: 1.5,
    };
    expect(await output('text.template', input)).toEqual({ text: 'Hello, Ada! {x} b 1.5 {"name":"Ada"}' });
  });

  it('says which name is missing', async () => {
    expect(await refusal('text.template', { template: '{missing}' })).toBe(
      'The template reads {missing}, which the input does not have.',
    );
    expect(await refusal('text.template', { template: '{toString}' })).toMatch(/does not have/);
    expect(await refusal('text.template', { template: '{not a name}' })).toMatch(/is no name/);
    expect(await refusal('text.template', { template: 1 })).toBe('"template" must be text.');
  });
});

describe('json.query', () => {
  it('selects by JSONPath', async () => {
    const json = {
      items: [
        { name: 'a', price: 5 },
        { name: 'b', price: 15 },
        { name: 'c', price: 20 },
      ],
    };
    expect(await output('json.query', { json, query: '$.items[?@.price > 10].name' })).toEqual({
      values: ['b', 'c'],
      first: 'b',
      count: 2,
    });
    expect(await output('json.query', { json, query: '$.nothing' })).toEqual({ values: [], first: null, count: 0 });
  });

  it('refuses what is no JSONPath', async () => {
    expect(await refusal('json.query', { json: {}, query: 'items[' })).toMatch(/is no JSONPath/);
  });
});

describe('csv.parse', () => {
  it('reads quotes, lines within fields and a byte order mark', async () => {
    expect(await output('csv.parse', { text: '\uFEFFname,note\r\n"a, b","two\nlines"\nc,"say ""hi"""\n' })).toEqual({
      columns: ['name', 'note'],
      rows: [
        { name: 'a, b', note: 'two\nlines' },
        { name: 'c', note: 'say "hi"' },
      ],
      count: 2,
    });
  });

  it('names the columns when there is no header', async () => {
    expect(await output('csv.parse', { text: '1;2', delimiter: ';', header: false })).toEqual({
      columns: ['column_1', 'column_2'],
      rows: [{ column_1: '1', column_2: '2' }],
      count: 1,
    });
    expect(await output('csv.parse', { text: '' })).toEqual({ columns: [], rows: [], count: 0 });
  });

  it('refuses broken and too much CSV', async () => {
    expect(await refusal('csv.parse', { text: 'a,b\n1,2,3' })).toMatch(/cannot be read/);
    expect(await refusal('csv.parse', { text: 'a,a\n1,2' })).toMatch(/Two columns/);
    expect(await refusal('csv.parse', { text: 'a\n1\n2\n3', maxRows: 2 })).toMatch(/more than 2 rows/);
  });
});

describe('csv.format', () => {
  it('writes rows that csv.parse reads back', async () => {
    const rows = [
      { a: 'x, y', b: 'two\nlines', c: '"' },
      { a: '', b: 'é', c: ' ' },
    ];
    const text = (await output('csv.format', { rows })) as { text: string };
    expect(await output('csv.parse', { text: text.text })).toMatchObject({ rows });
  });

  it('makes formulas harmless, and leaves numbers alone', async () => {
    const rows = [{ a: '=1+1', b: -5, c: '@x', d: true, e: null, f: { g: 1 } }];
    expect(await output('csv.format', { rows })).toEqual({
      text: `a,b,c,d,e,f\n'=1+1,-5,'@x,true,,"{""g"":1}"\n`,
      count: 1,
    });
    expect(
      await output('csv.format', {
        rows,
        columns: ['a', 'missing'],
        escapeFormulas: false,
        header: false,
        delimiter: ';',
      }),
    ).toEqual({ text: '=1+1;\n', count: 1 });
  });

  it('refuses rows that are no objects', async () => {
    expect(await refusal('csv.format', { rows: [1] })).toBe('Row 1 is no object.');
  });
});

describe('hash.digest', () => {
  it('hashes text and bytes', async () => {
    const digest = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(await output('hash.digest', { text: 'abc' })).toEqual({ digest, algorithm: 'sha256', bytes: 3 });
    expect(await output('hash.digest', { base64: 'YWJj' })).toEqual({ digest, algorithm: 'sha256', bytes: 3 });
    expect(await output('hash.digest', { text: '', algorithm: 'sha512', encoding: 'base64url' })).toMatchObject({
      digest: expect.stringMatching(/^z4PhNX7vuL3xVChQ/),
    });
  });

  it('wants one of the two', async () => {
    expect(await refusal('hash.digest', {})).toMatch(/either/);
    expect(await refusal('hash.digest', { text: '', algorithm: 'md5' })).toMatch(/must be one of sha256/);
  });
});
