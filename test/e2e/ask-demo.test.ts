import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = process.cwd();

describe('npm run demo -- ask --once', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'iceos-asked-'));
    for (const below of ['notes', 'tmp']) await mkdir(path.join(folder, below));
    await writeFile(path.join(folder, 'notes', 'cats.md'), '# Cats\n\nCats sleep most of the day.\n');
    const money = '# Invoices\n\n| who | when |\n| --- | --- |\n| Ada | Invoices are paid on Friday.\u001b[2J |\n';
    await writeFile(path.join(folder, 'notes', 'money.md'), money);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const demo = (...given: readonly string[]) =>
    run(
      process.execPath,
      [path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs'), path.join(root, 'scripts', 'demo.ts'), ...given],
      { cwd: folder, env: { PATH: process.env['PATH'], ICEOS_PORT: '0', TMPDIR: path.join(folder, 'tmp') } },
    );

  it(
    'indexes a folder, shows the agent at work, and answers with its sources and costs',
    { timeout: 120_000 },
    async () => {
      const { stdout } = await demo('ask', 'when', 'are', 'invoices', 'paid', '--folder', 'notes', '--once');
      expect(stdout).toContain('docs has 2 passages of 2 files in notes: 2 new');
      expect(stdout).toContain('Asking: when are invoices paid');
      const shown = [
        /turn 1 of librarian +reader: \d+ \+ \d+ tokens/,
        /librarian called recall$/m,
        /turn 2 of librarian/,
      ];
      const places = shown.map((line) => stdout.search(line));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(places).not.toContain(-1);
      expect(stdout).toContain('> | Ada | Invoices are paid on Friday. [2J |\n[money.md:5]\n');
      expect(stdout).toMatch(/^Sources: money\.md:5$/m);
      expect(stdout).not.toContain('\u001b');
      for (const row of [/^docs +1 /m, /^meaning +1 /m, /^reader +2 /m, /^llm +2 /m, /^embedding +2 /m, /^memory +2 /m])
        expect(stdout).toMatch(row);
      expect(stdout).toMatch(/Playground\s+http:\/\/127\.0\.0\.1:\d+\/graphql/);
      expect(stdout).not.toContain('Running until Ctrl-C');
      expect((await readdir(path.join(folder, 'tmp'))).filter((name) => name.startsWith('iceos-ask-'))).toEqual([]);
    },
  );

  it('says what is wrong with its folder', { timeout: 60_000 }, async () => {
    await expect(demo('ask', '--folder', 'nowhere', '--once')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nowhere is no folder'),
    });
  });
});
