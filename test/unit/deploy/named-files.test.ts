import { access, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig, serveFaults, SETTINGS } from '../../../src/config.ts';

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.posix.join(entry.parentPath, entry.name));
}

const deployed = [...(await filesBelow('deploy')), 'docker-compose.yml', '.ci/deploy', '.github/workflows/ci.yml'];
const telling = [
  ...(await filesBelow('src')).filter((file) => /\.[ch]$|\.ts$/.test(file)),
  ...(await filesBelow('docs')).filter((file) => file.endsWith('.md')),
  ...deployed,
  'README.md',
];

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

describe('what is there to deploy with', () => {
  it('has every file that sources, documentation and files of deploy name', async () => {
    const missing: string[] = [];
    let named = 0;
    for (const file of telling) {
      const text = await readFile(file, 'utf8');
      for (const [, name = ''] of text.matchAll(/(?<![\w./-])(deploy\/[\w./-]*\w)/g)) {
        named += 1;
        if (!(await isThere(name))) missing.push(`${file}: ${name}`);
      }
    }
    expect(named).toBeGreaterThan(5);
    expect(missing).toEqual([]);
  });

  it('sets nothing that is no setting', async () => {
    const known = new Set<string>(Object.values(SETTINGS).map(({ name }) => name));
    // What Kubernetes would set; the deployment speaks of it because it must not.
    const others = new Set(['ICEOS_SERVICE_HOST']);
    const unknown: string[] = [];
    for (const file of deployed) {
      const names = (await readFile(file, 'utf8')).match(/\bICEOS_[A-Z0-9_]+/g) ?? [];
      unknown.push(...names.filter((name) => !known.has(name) && !others.has(name)).map((name) => `${file}: ${name}`));
    }
    expect(unknown).toEqual([]);
  });

  it('must not be given what a service named iceos sets in the pods of Kubernetes', () => {
    const parsed = parseConfig({ ICEOS_PORT: 'tcp://10.0.0.1:4000', ICEOS_SERVICE_HOST: '10.0.0.1' });
    expect(parsed.ok ? [] : parsed.error.map(({ setting }) => setting)).toEqual(['ICEOS_PORT', 'ICEOS_SERVICE_HOST']);
  });

  it('may listen on every address in production', () => {
    const parsed = parseConfig({ ICEOS_HOST: '0.0.0.0', NODE_ENV: 'production' });
    expect(parsed.ok && serveFaults(parsed.value)).toEqual([]);
  });
});
