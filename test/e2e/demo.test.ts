import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = process.cwd();

const LOCKFILE = {
  name: 'small',
  lockfileVersion: 3,
  packages: {
    '': { name: 'small', version: '1.0.0' },
    'node_modules/free': { version: '1.2.3', license: 'MIT' },
    'node_modules/strict': { version: '2.0.0', license: 'AGPL-3.0-only' },
    'node_modules/silent': { version: '0.1.0' },
  },
};

describe('npm run demo -- --once', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-demo-'));
    await writeFile(path.join(folder, 'package-lock.json'), JSON.stringify(LOCKFILE));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const demo = (...given: readonly string[]) =>
    run(
      process.execPath,
      [path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs'), path.join(root, 'scripts', 'demo.ts'), ...given],
      {
        cwd: folder,
        env: { PATH: process.env['PATH'], ICEOS_PORT: '0' },
      },
    );

  it('audits a lockfile, prints the report, and ends with 0', { timeout: 120_000 }, async () => {
    const { stdout } = await demo('--once', 'package-lock.json');
    expect(stdout).toMatch(/^# Licences of iceos-demo-/m);
    expect(stdout).toMatch(/strict.*AGPL-3\.0-only/);
    expect(stdout).toMatch(/Playground\s+http:\/\/127\.0\.0\.1:\d+\/graphql/);
    expect(stdout).not.toContain('Running until Ctrl-C');
    const reports = path.join(folder, '.iceos', 'demo', 'reports');
    expect(await readFile(path.join(reports, 'licences.csv'), 'utf8')).toMatch(/^strict,2\.0\.0,AGPL-3\.0-only/m);
    await access(path.join(reports, 'licences.md'));
  });

  it('says what is wrong with a path that is no file, and ends with another code', async () => {
    await expect(demo('--once', 'nowhere.json')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nowhere.json is no file'),
    });
  });
});
