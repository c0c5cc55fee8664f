import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAuditKey } from '../../../src/app/audit-key.ts';
import { findInstallation } from '../../../src/app/installation.ts';
import { verifyAudit } from '../../../src/app/verify-audit.ts';
import { parseConfig, type Config } from '../../../src/config.ts';
import { startTestApp } from '../../support/app.ts';
import { openTestDatabase } from '../../support/database.ts';

let folder: string;
let keyFile: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-audit-'));
  keyFile = path.join(folder, 'audit.key');
  await writeFile(keyFile, Buffer.alloc(32, 3), { mode: 0o600 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function configOf(environment: Record<string, string>): Config {
  const config = parseConfig(environment);
  if (!config.ok) throw new Error(config.error.map(({ message }) => message).join('\n'));
  return config.value;
}

describe('a server with a key', () => {
  it('seals by itself what happens, so that a change of a row is found', { timeout: 60_000 }, async () => {
    const opened = await openTestDatabase();
    const environment = {
      ...{ ICEOS_AUDIT_KEY_FILE: keyFile, ICEOS_AUDIT_SEAL_EVERY_MS: '100', ICEOS_DATA_DIR: folder },
      ICEOS_ROLE: 'gateway',
    };
    const app = await startTestApp({ databaseUrl: opened.url, environment });
    const made = await app.ensureFirstApiKey();
    expect(made?.apiKey.scopes).toContain('audit:read');
    const config = configOf({ ...environment, DATABASE_URL: opened.url });
    const verify = (expected?: { readonly number: number; readonly seal: string }) =>
      verifyAudit(config, findInstallation(), expected);
    await expect.poll(async () => (await verify())?.ranges, { timeout: 30_000 }).toBe(1);
    await app.close();
    expect(app.log).toEqual([]);
    const verified = await verify();
    expect(verified).toMatchObject({ fault: undefined, rows: 1, unsealed: 0, isEndKnown: true });
    const head = path.join(folder, 'audit-head.json');
    expect(JSON.parse(await readFile(head, 'utf8'))).toEqual(verified?.head);
    expect((await stat(head)).mode & 0o777).toBe(0o600);
    expect((await verify({ number: 1, seal: 'ab'.repeat(32) }))?.fault).toMatchObject({ range: 1 });
    expect((await verify({ number: 2, seal: 'ab'.repeat(32) }))?.fault).toMatchObject({ range: 2 });
    await opened.database.query({ text: 'alter table audit_log disable trigger all' });
    await opened.database.query({ text: "update audit_log set subject = 'nobody'" });
    expect((await verify())?.fault).toEqual({ range: 1, message: 'a row is not as it was sealed' });
    expect(await verifyAudit({ ...config, auditKeyFile: undefined }, findInstallation(), undefined)).toBeUndefined();
    await opened.close();
  });
});

describe('the key of the seals', () => {
  it('is refused when it is short, missing, or readable by others', async () => {
    expect(await readAuditKey(undefined)).toBeUndefined();
    expect(await readAuditKey(keyFile)).toHaveLength(32);
    const short = path.join(folder, 'short.key');
    await writeFile(short, 'short', { mode: 0o600 });
    await expect(readAuditKey(short)).rejects.toThrow('has 5 bytes, and a key has at least 32');
    await expect(readAuditKey(path.join(folder, 'none'))).rejects.toThrow('cannot be read');
    await expect(readAuditKey(folder)).rejects.toThrow('is no file');
    const open = path.join(folder, 'open.key');
    await writeFile(open, Buffer.alloc(32));
    await chmod(open, 0o644);
    await expect(readAuditKey(open)).rejects.toThrow('chmod 600');
  });
});
