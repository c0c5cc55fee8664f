import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { formatMasterKey } from '../../src/core/master-key.ts';
import { openTestDatabase, type ServerTestDatabase } from '../support/database.ts';
import { newTenantId } from '../support/journal.ts';
import { ask, makeKey, startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { masterKey, openSecrets, setSecret, vaultWith } from '../support/secrets.ts';

const TENANTS = 200;
const [old, current] = [masterKey(1), masterKey(2)];

let database: ServerTestDatabase;
let folder: string;
let key: string;
let environment: Record<string, string>;
let server: ServerProcess;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-rotation-'));
  const file = async (name: string, key: Uint8Array): Promise<string> => {
    await writeFile(path.join(folder, name), formatMasterKey(key), { mode: 0o600 });
    return path.join(folder, name);
  };
  environment = {
    ICEOS_SECRET_KEY_FILE: await file('new.key', current.key),
    ICEOS_SECRET_PREVIOUS_KEY_FILE: await file('old.key', old.key),
  };
  database = await openTestDatabase();
  key = await makeKey(database.stores);
  server = await startServerProcess({ databaseUrl: database.url, environment });
});
afterAll(async () => {
  await server.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

function rotate(): {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
} {
  const child = spawn(process.execPath, [path.resolve('dist/main.js'), 'secrets', 'rotate-master-key', '--json'], {
    env: { PATH: process.env['PATH'], DATABASE_URL: database.url, ICEOS_DATA_DIR: folder, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  return { child, said: () => said, ended: once(child, 'exit').then(() => child.exitCode) };
}
const left = () => database.stores.dataKeys.countOtherThan(current.id);

const Done = z.object({ done: z.number(), faults: z.array(z.string()), stopped: z.boolean() });

it(
  'a rotation of the master key goes on after kill -9, beside a server that sets secrets',
  { timeout: 120_000 },
  async () => {
    const tenants = Array.from({ length: TENANTS }, newTenantId);
    for (const tenant of tenants)
      await setSecret(database.stores, vaultWith(old), { tenant, name: 'token', value: `of ${tenant}` });

    const first = rotate();
    // The first step is told at once.
    await once(first.child.stderr ?? first.child, 'data');
    first.child.kill('SIGKILL');
    await first.ended;
    expect(first.said()).toMatch(/^1 of 200 data keys wrapped/);
    const afterKill = await left();
    expect(afterKill).toBeGreaterThan(0);
    expect(afterKill).toBeLessThan(TENANTS);

    const second = rotate();
    const SET = `mutation { setSecret(input: { name: "live", value: "set-meanwhile", expectedVersion: 0 }) { __typename } }`;
    const set = await ask({ url: server.url, key }, SET, { variables: {}, schema: z.unknown() });
    expect(set).toEqual({ setSecret: { __typename: 'SetSecretSuccess' } });
    expect(await second.ended).toBe(0);
    const line = second
      .said()
      .split('\n')
      .find((each) => each.startsWith('{'));
    expect(Done.parse(JSON.parse(line ?? ''))).toEqual({ done: afterKill, faults: [], stopped: false });

    expect(await left()).toBe(0);
    for (const tenant of tenants) {
      expect(await openSecrets(database.stores, vaultWith(current), { tenant, names: ['token'] })).toEqual([
        `of ${tenant}`,
      ]);
    }
    // Each key has its row in the audit log, and once: what was wrapped is what was recorded.
    const { rows } = await database.database.query({
      text: "select count(*)::int as rows, count(distinct noun_id)::int as keys from audit_log where action = 'rotateMasterKey'",
    });
    expect(rows).toEqual([{ rows: TENANTS, keys: TENANTS }]);
  },
);
