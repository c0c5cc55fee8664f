import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatMasterKey } from '../../src/core/master-key.ts';
import { formsIn } from '../support/secret-search.ts';
import { openTestDatabase, type ServerTestDatabase } from '../support/database.ts';
import { makeKey, startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { masterKey } from '../support/secrets.ts';

/** What no place may hold: letters that each encoding writes in its own way. */
const FILLED = 'Filled+in/9c41 "quoted" & 100%';
const REVEALED = 'Revealed=7d02?to\\a tool & more+';
const REFUSED = 'Refused/55aa+never stored? &';
const VALUES = [FILLED, REVEALED, REFUSED];

/** Says what it was given, in every form that is taken out, on every way out that it has. */
const LEAK = `export async function run({ fails }, { secrets, log }) {
  const value = await secrets.reveal('pin');
  const forms = [value, Buffer.from(value).toString('base64'), Buffer.from('x' + value).toString('base64url'),
    encodeURIComponent(value), JSON.stringify(value), new URLSearchParams({ value }).toString()];
  for (const form of forms) { log('info', 'It is ' + form); console.log(form); console.error(form); }
  if (fails) throw new Error('It broke on ' + forms.join(' and '));
  return { forms, [value]: value, deep: [{ forms }] };
}`;
const TOOL = {
  name: 'my.leak',
  version: '1.0.0',
  description: 'Leaks.',
  entry: 'main.mjs',
  input: { type: 'object', properties: { fails: { type: 'boolean' } }, additionalProperties: false },
  output: { type: 'object' },
  grants: { reveal: ['pin'] },
};

let database: ServerTestDatabase;
let server: ServerProcess;
let echo: Server;
let place: string;
let folder: string;
let key: string;
const heard: (string | undefined)[] = [];
/** All that commands and requests have answered. */
const answers: string[] = [];

beforeAll(async () => {
  echo = createServer((request, response) => {
    heard.push(request.headers.authorization);
    const given = request.headers.authorization ?? '';
    const status = request.url === '/fails' ? 500 : 200;
    response.writeHead(status, { 'x-echo': encodeURIComponent(given) });
    response.end(`${given} ${Buffer.from(given).toString('base64')} ${encodeURIComponent(given)}`);
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const { port } = echo.address() as AddressInfo; // it listens on TCP
  place = `127.0.0.1:${port}`;
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-sealed-'));
  await mkdir(path.join(folder, 'tools', 'my.leak'), { recursive: true });
  await writeFile(path.join(folder, 'tools', 'my.leak', 'tool.json'), JSON.stringify(TOOL));
  await writeFile(path.join(folder, 'tools', 'my.leak', 'main.mjs'), LEAK);
  await writeFile(path.join(folder, 'secret.key'), formatMasterKey(masterKey(3).key), { mode: 0o600 });
  database = await openTestDatabase();
  key = await makeKey(database.stores);
  server = await startServerProcess({
    databaseUrl: database.url,
    environment: {
      ICEOS_LOG_LEVEL: 'debug',
      ICEOS_TOOLS_DIR: path.join(folder, 'tools'),
      ICEOS_SECRET_KEY_FILE: path.join(folder, 'secret.key'),
      ICEOS_EGRESS_PRIVATE_HOSTS: place,
    },
  });
});
afterAll(async () => {
  await server.close();
  await database.close();
  echo.closeAllConnections();
  await new Promise((resolve) => echo.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

/** A command of the client; its output is kept. */
async function iceos(args: readonly string[], input = ''): Promise<string> {
  const child = spawn(process.execPath, [path.resolve('dist/main.js'), ...args], {
    env: { PATH: process.env['PATH'], ICEOS_URL: server.url, ICEOS_API_KEY: key, ICEOS_DATA_DIR: folder },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  const said = (await Promise.all([text(child.stdout), text(child.stderr)])).join('\n');
  answers.push(said);
  return said;
}

async function request(query: string, variables: object = {}): Promise<string> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.text();
}

/** Runs a blueprint of one node to its end, and reads all that can be read of it. */
async function run(name: string, node: object): Promise<string> {
  const file = path.join(folder, `${name}.json`);
  await writeFile(
    file,
    JSON.stringify({ name, nodes: { it: { kind: 'tool', ...node } }, output: '${ nodes.it.output }' }),
  );
  expect(await iceos(['publish', file])).toMatch(/published/i);
  const id = (await iceos(['start', name])).trim();
  const watched = await iceos(['watch', id, '--json']);
  await iceos(['receipts', id, '--json']);
  const READ = 'query ($id: ID!) { execution(id: $id) { status output failure { message } } }';
  answers.push(await request(READ, { id }));
  return watched;
}

/** Every row of every table, as text and as the bytes that are in it. */
async function dump(): Promise<readonly Buffer[]> {
  const { rows: tables } = await database.database.query<{ readonly name: string }>({
    text: `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  });
  const found: Buffer[] = [];
  for (const { name } of tables) {
    const { rows } = await database.database.query<Record<string, unknown>>({
      text: `select t as whole_row, t.* from ${name} t`,
    });
    for (const row of rows)
      for (const value of Object.values(row))
        found.push(
          Buffer.isBuffer(value) ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
        );
  }
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(['public.secrets', 'public.execution_events']));
  return found;
}

const SET = `mutation ($input: SetSecretInput!) { setSecret(input: $input) { __typename ... on Error { message } } }`;

describe('the value of a secret', () => {
  it(
    'is in no table, log, event, error, audit row or metric, whatever tools do with it',
    { timeout: 240_000 },
    async () => {
      expect(await iceos(['secrets', 'set', 'token'], `${FILLED}\n`)).toMatch(/is at version 1/);
      expect(await iceos(['secrets', 'set', 'pin'], 'before-that')).toMatch(/is at version 1/);
      expect(await iceos(['secrets', 'set', 'pin'], REVEALED)).toMatch(/is at version 2/);
      expect(await iceos(['secrets', 'set', 'pin', '--expected-version', '1'], REFUSED)).toMatch(
        /is at version 2, and/,
      );
      // Requests that fail, each with the value in another place.
      const input = { name: 'x', value: REFUSED, expectedVersion: 0 };
      const failing = [
        { ...input, expectedVersion: 7 },
        { ...input, name: 'No Name' },
        { ...input, value: REFUSED.repeat(700) },
      ];
      for (const each of failing) answers.push(await request(SET, { input: each }));
      // The text of a request that is not understood goes back to who has sent it, and nowhere else.
      await request(SET, { input: { ...input, value: { of: REFUSED } } });
      await request(
        `mutation { setSecret(input: { name: "x", value: ${JSON.stringify(REFUSED)}, expectedVersion: 7 }) { nothing } }`,
      );
      await request(
        `mutation { setSecret(input: { name: "x", value: ${JSON.stringify(REFUSED)}, expectedVersion: 7 }) { __typename } }`,
      );

      await iceos(['policy', 'allow', 'host', place]);
      await iceos(['policy', 'allow', 'secret', 'token', '--host', place]);
      await iceos(['policy', 'allow', 'secret', 'pin', '--host', place, '--reveal']);
      const call = (url: string, headers: object) => ({
        tool: 'http.request',
        input: { url, headers },
        grants: { hosts: [place], secrets: ['token', 'pin'] },
      });
      const authorization = 'Bearer {{secret:token}}';
      expect(await run('fills', call(`http://${place}/`, { authorization }))).toMatch(/ExecutionSucceeded/);
      expect(await run('fails', call(`http://${place}/fails`, { authorization }))).toMatch(
        /Execution(Failed|Succeeded)/,
      );
      expect(await run('refused', call(`http://${place}/`, { 'x-other': authorization }))).toMatch(/ExecutionFailed/);
      const leak = { tool: 'my.leak', grants: { reveal: ['pin'] } };
      expect(await run('leaks', { ...leak, input: {} })).toMatch(/\[redacted\]/);
      expect(await run('breaks', { ...leak, input: { fails: true } })).toMatch(/It broke on \[redacted\]/);
      // They were used.
      expect(heard).toEqual([`Bearer ${FILLED}`, `Bearer ${FILLED}`]);

      await iceos(['secrets', 'list', '--json']);
      const audit = await iceos(['audit', 'export', '--json']);
      expect(audit.match(/"action":"REVEAL_SECRET"/g)).toHaveLength(2);
      expect(audit.match(/"action":"SET_SECRET"/g)).toHaveLength(3);
      answers.push(await (await fetch(`${server.url}/metrics`)).text());
      answers.push(
        await request('{ secrets { edges { node { id name version updatedAt updatedBy } } } policy { version } }'),
      );

      const places = {
        answers: answers.map((each) => Buffer.from(each)),
        log: [Buffer.from(server.output())],
        tables: await dump(),
      };
      for (const value of VALUES)
        for (const [where, pieces] of Object.entries(places))
          expect([where, value, formsIn(pieces, value)]).toEqual([where, value, []]);
      expect(server.output()).toMatch(/"level":"debug"|"level":"info"/);
    },
  );

  it('would be found where it is kept plainly', async () => {
    await database.database.query({ text: 'create table planted (as_text text, as_bytes bytea)' });
    const forms: readonly (readonly [form: string, stored: string])[] = [
      ['raw', FILLED],
      ['json', JSON.stringify({ it: FILLED })],
      ['base64', Buffer.from(`user:${FILLED}`).toString('base64')],
      ['hex', Buffer.from(FILLED).toString('hex')],
      ['url', encodeURIComponent(FILLED)],
      ['form', new URLSearchParams({ it: FILLED }).toString()],
    ];
    for (const column of ['as_text', 'as_bytes']) {
      for (const [form, stored] of forms) {
        const value = column === 'as_text' ? stored : Buffer.from(stored);
        await database.database.query({ text: `insert into planted (${column}) values ($1)`, values: [value] });
        expect([column, form, formsIn(await dump(), FILLED).includes(form)]).toEqual([column, form, true]);
        expect(formsIn(await dump(), REVEALED)).toEqual([]);
        await database.database.query({ text: 'delete from planted' });
      }
    }
    await database.database.query({ text: 'drop table planted' });
    // A value that a table of ours kept as it was given is found, too.
    await database.database.query({
      text: "update secrets set updated_by = $1 where name = 'pin'",
      values: [REVEALED],
    });
    expect(formsIn(await dump(), REVEALED)).toContain('raw');
  });
});
