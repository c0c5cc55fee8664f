import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_POLICY, type TenantPolicy } from '../../../src/blueprint/tenant-policy.ts';
import { startTestApp, type Outcome, type TestApp } from '../../support/app.ts';
import { author } from '../../support/blueprint-use-cases.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { masterKey, setSecret, vaultWith } from '../../support/secrets.ts';

const SECRET = 'hunter2-hunter2';
const MASTER = masterKey(1);

let database: ServerTestDatabase;
let app: TestApp;
let server: Server;
let place: string;
let folder: string;
const keys: unknown[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    keys.push(request.headers.authorization);
    response.end(`got ${String(request.headers.authorization)}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  place = `127.0.0.1:${port}`;
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-grants-'));
  await mkdir(path.join(folder, 'reports'));
  await writeFile(path.join(folder, 'reports', 'june.txt'), 'thirty days');
  const secretsFile = path.join(folder, 'secrets.yaml');
  await writeFile(secretsFile, `token: ${SECRET}\n`, { mode: 0o600 });
  database = await openTestDatabase();
  app = await startTestApp({
    databaseUrl: database.url,
    environment: {
      ICEOS_FOLDERS: `reports=${path.join(folder, 'reports')}`,
      ICEOS_EGRESS_PRIVATE_HOSTS: place,
      ICEOS_SECRETS_FILE: secretsFile,
      ICEOS_SECRET_KEY: Buffer.from(MASTER.key).toString('base64'),
    },
  });
});
afterAll(async () => {
  await app.close();
  await database.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

async function setPolicy(policy: Partial<TenantPolicy>): Promise<void> {
  const { policies } = app.useCases;
  const { version: expectedVersion } = await policies.getPolicy(author);
  const updated = await policies.updatePolicy(author, { expectedVersion, policy: { ...EMPTY_POLICY, ...policy } });
  if (!updated.ok) throw new Error(updated.error.message);
}

let count = 0;
const run = (node: object): Promise<Outcome> => {
  count += 1;
  return app.run({ name: `grants-${count}`, nodes: { it: { kind: 'tool', ...node } }, output: '${ nodes.it.output }' });
};
const request = (headers: object, grants?: object) =>
  run({ tool: 'http.request', input: { url: `http://${place}/`, headers }, ...(grants && { grants }) });
const read = (grants?: object) =>
  run({ tool: 'file.read', input: { folder: 'reports', path: 'june.txt' }, ...(grants && { grants }) });

describe('what a node reaches', () => {
  it('is nothing without a policy, whatever it asks for', async () => {
    const hosts = { hosts: [place] };
    expect((await request({}, hosts)).failure?.message).toMatch(/is not granted/);
    expect((await read({ folders: ['reports'] })).failure?.message).toMatch(/is not granted/);
  });

  it('is nothing that it does not ask for, whatever the policy allows', async () => {
    await setPolicy({ hosts: [place], folders: ['reports'] });
    expect((await request({})).failure?.message).toMatch(/the node must ask for it under "grants"/);
    expect((await read()).failure?.message).toMatch(/is not granted/);
  });

  it('is what all sides name, until the policy no longer does', async () => {
    await setPolicy({ hosts: [place], folders: ['reports'] });
    expect((await request({}, { hosts: [place] })).output).toMatchObject({ status: 200 });
    const id = await app.publish({
      name: 'reads',
      nodes: {
        it: {
          kind: 'tool',
          tool: 'file.read',
          input: { folder: 'reports', path: 'june.txt' },
          grants: { folders: ['reports'] },
        },
      },
      output: '${ nodes.it.output.text }',
    });
    expect((await app.finish(await app.start(id))).output).toBe('thirty days');
    await setPolicy({ hosts: [place] });
    expect((await app.finish(await app.start(id))).failure?.message).toMatch(/is not granted/);
  });

  it('is a secret in its header, and never in an event', async () => {
    const secrets = [{ name: 'token', hosts: [place], header: 'authorization', reveal: false }];
    await setPolicy({ hosts: [place], secrets });
    keys.length = 0;
    const outcome = await request({ authorization: 'Bearer {{secret:token}}' }, { hosts: [place], secrets: ['token'] });
    expect(keys).toEqual([`Bearer ${SECRET}`]);
    expect(outcome.output).toMatchObject({ text: 'got Bearer [redacted]' });
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
    const unasked = await request({ authorization: '{{secret:token}}' }, { hosts: [place] });
    expect(unasked.failure?.message).toMatch(/The secret "token" is not granted/);
    await setPolicy({
      hosts: [place],
      secrets: [{ ...secrets[0], name: 'token', hosts: [], header: 'x-key', reveal: true }],
    });
    const wrong = await request({ authorization: '{{secret:token}}' }, { hosts: [place], secrets: ['token'] });
    expect(wrong.failure?.message).toMatch(/bound to the header x-key/);
    expect(keys).toHaveLength(1);
  });

  it('is the stored secret before that of the file, and never that of the file in its place', async () => {
    const rule = { name: 'token', hosts: [place], header: 'authorization', reveal: false };
    await setPolicy({ hosts: [place], secrets: [rule, { ...rule, name: 'stored' }] });
    const { tenant } = author;
    const ask = (name: string) =>
      request({ authorization: `{{secret:${name}}}` }, { hosts: [place], secrets: ['token', 'stored'] });
    keys.length = 0;
    const missing = await ask('stored');
    expect(missing.failure?.message).toMatch(/"stored" has no value .* Set one: iceos secrets set stored/);
    await setSecret(database.stores, vaultWith(MASTER), { tenant, name: 'stored', value: 'stored-value' });
    await setSecret(database.stores, vaultWith(MASTER), { tenant, name: 'token', value: 'token-value' });
    await ask('stored');
    await ask('token');
    // What is set now is what the next attempt gets.
    const changed = { tenant, name: 'token', value: 'other-value', expectedVersion: 1 };
    await setSecret(database.stores, vaultWith(MASTER), changed);
    const outcome = await ask('token');
    expect(keys).toEqual(['stored-value', 'token-value', 'other-value']);
    expect(outcome.output).toMatchObject({ text: 'got [redacted]' });
    await database.database.query({ text: "update secrets set version = 9 where name = 'token'" });
    const broken = await ask('token');
    expect(broken.failure?.message).toMatch(/"token" has no value that this server can use/);
    expect(keys).toHaveLength(3);
    const told = app.log.filter((line) => line.includes('cannot be used'));
    expect(told).toEqual([
      expect.stringContaining(`The secret \\"token\\" of tenant ${tenant} cannot be used. It does not open`),
    ]);
    expect(JSON.stringify([outcome, broken, app.log])).not.toMatch(/-value|hunter2/);
  });
});
