import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fileFaults, guaranteeFaults, guaranteesIn, isWritten, MAX_LINES } from '../../../scripts/file-faults.ts';
import { importsOf, layerFaults, libraryOf } from '../../../scripts/layer-faults.ts';
import { LAYERS, PURE_FOLDERS } from '../../../scripts/layers.ts';
import { envExample, settingsPage } from '../../../scripts/settings-docs.ts';

describe('layers', () => {
  it('lets folders import themselves and what lies below them', () => {
    const path = 'store/event-store.ts';
    expect(layerFaults([{ path, imports: ['./page.ts', '../core/ids.ts', 'pg', 'node:crypto'] }])).toEqual([]);
    expect(layerFaults([{ path: 'app.ts', imports: ['./store/page.ts', './config.ts', 'pg'] }])).toEqual([]);
  });

  it.each([
    ['core/ids.ts', '../store/page.ts', 'core may import only: nothing of ours'],
    ['live/live-bus.ts', '../store/page.ts', 'live may import only: core, execution'],
    ['use-cases/start.ts', '../config.ts', 'nothing imports it'],
    ['cli/main.ts', '../../scripts/build.ts', 'lies outside src'],
    ['gateway/server.ts', 'pg', 'belongs to store'],
    ['orchestrator/act.ts', 'node:child_process', 'belongs to sandbox'],
    ['use-cases/start.ts', 'drizzle-orm/pg-core', 'belongs to store'],
    ...['net', 'http', 'https', 'tls', 'http2', 'dgram', 'dns', 'dns/promises', 'undici'].flatMap((library) => [
      ['orchestrator/act.ts', `node:${library}`, 'belongs to'],
      ['sandbox/broker.ts', library, 'belongs to'],
      // Nor do the files that connect the parts.
      ['app/open-store.ts', `node:${library}`, 'belongs to'],
      ['main.ts', library, 'belongs to'],
    ]),
    ['stranger/x.ts', './y.ts', 'stands in no row'],
    ['stranger.ts', './app.ts', 'lies in no folder'],
  ])('refuses %s to import %s', (path, specifier, reason) => {
    expect(layerFaults([{ path, imports: [specifier] }]).join()).toContain(reason);
  });

  it('sees static, dynamic, type-only and re-exporting imports', () => {
    const text = `import a from 'a'; import type { B } from './b.ts'; export * from './c.ts'; const d = await import('d');`;
    expect(importsOf(text)).toEqual(expect.arrayContaining(['a', './b.ts', './c.ts', 'd']));
    expect(importsOf(`const http = await import('node:http');`)).toEqual(['node:http']);
    expect(importsOf(`const http = require('node:http');`)).toEqual(['node:http']);
  });

  it('names a library by its package', () => {
    expect(['node:fs/promises', '@a/b/c', 'pg'].map(libraryOf)).toEqual(['fs', '@a/b', 'pg']);
  });

  it('has no two folders that may import each other', () => {
    for (const [layer, allowed] of Object.entries(LAYERS)) {
      for (const other of allowed) expect(LAYERS[other] ?? [], `${layer} and ${other}`).not.toContain(layer);
    }
  });

  it('stands in docs/architecture.md as it is enforced', async () => {
    const page = await readFile('docs/architecture.md', 'utf8');
    const rows = [...page.matchAll(/^\| ([a-z-]+) +\|[^|]+\| ([^|]*?) *\|$/gm)];
    const documented = new Map(rows.map(([, folder, imports]) => [folder, imports?.trim()]));
    for (const [folder, allowed] of Object.entries(LAYERS)) {
      // Folders that later releases bring are no rows yet.
      if (['llm', 'memory'].includes(folder)) continue;
      const pure = PURE_FOLDERS.every((name) => allowed.includes(name));
      if (!pure) expect(documented.get(folder), folder).toBe(allowed.join(', '));
      else expect(documented.get(folder), folder).toMatch(/^the pure folders, /);
    }
  });
});

describe('files', () => {
  const marker = ['TO', 'DO'].join('');

  it('refuses a file that is too long and takes one that just fits', () => {
    expect(fileFaults('src/a.ts', 'x\n'.repeat(MAX_LINES))).toEqual([]);
    expect(fileFaults('src/a.ts', 'x\n'.repeat(MAX_LINES + 1))[0]).toContain('has 301 lines');
  });

  it('finds markers of unfinished work, and tests that are left out', () => {
    expect(fileFaults('src/a.ts', `x\n// ${marker}: later\n`)[0]).toContain('src/a.ts:2');
    expect(fileFaults('test/a.test.ts', ['it', 'skip'].join('.'))[0]).toContain('Finish it');
    expect(fileFaults('src/a.ts', 'const mastodon = 1;')).toEqual([]);
  });

  it('leaves generated files alone', () => {
    const files = [
      'src/a.ts',
      'docs/a.md',
      'src/a.c',
      'src/a.h',
      'src/cli/generated/graphql.ts',
      'migrations/0000.sql',
      'schema.graphql',
      'a.json',
    ];
    expect(files.filter(isWritten)).toEqual(['src/a.ts', 'docs/a.md', 'src/a.c', 'src/a.h']);
  });
});

describe('guarantees', () => {
  const page =
    '## What holds\n| guarantee | means |\n| --- | --- |\n| [durable](x)   | a |\n## Not yet\n| confined | b |\n';

  it('are read from the tables by their heading', () => {
    expect(guaranteesIn(page)).toEqual({ held: ['durable'], notYet: ['confined'] });
  });

  it('need a test each, and each test a promise', () => {
    expect(guaranteeFaults(page, ['test/guarantees/durable.test.ts'])).toEqual([]);
    expect(guaranteeFaults(page, [])[0]).toContain('does not exist');
    expect(guaranteeFaults(page, ['test/guarantees/durable.test.ts', 'test/guarantees/confined.test.ts'])[0]).toContain(
      'does not make',
    );
  });
});

describe('settings', () => {
  it('are documented as they are', async () => {
    expect(await readFile('docs/settings.md', 'utf8')).toBe(settingsPage());
    expect(await readFile('.env.example', 'utf8')).toBe(envExample());
  });
});
