import { ESLint, Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const RULES = ['no-restricted-globals', 'no-restricted-syntax'];

/** What the linter's own settings for a file say of a text, of the rules that need no types. */
async function linterOf(file: string): Promise<(text: string) => readonly string[]> {
  const settings = await new ESLint().calculateConfigForFile(file);
  const rules = Object.fromEntries(RULES.map((rule) => [rule, settings.rules[rule]]));
  return (text) =>
    new Linter({ configType: 'flat' })
      .verify(text, { languageOptions: { parser: tseslint.parser }, rules })
      .map(({ message }) => message);
}

describe('the linter', () => {
  let inOrchestrator: (text: string) => readonly string[];
  let inEgress: (text: string) => readonly string[];
  let inApp: (text: string) => readonly string[];
  beforeAll(async () => {
    inOrchestrator = await linterOf('src/orchestrator/attempts.ts');
    inEgress = await linterOf('src/egress/exchange.ts');
    inApp = await linterOf('src/app/open-store.ts');
  });

  it.each([
    `await fetch('https://a.test');`,
    `await globalThis.fetch('https://a.test');`,
    `await global['fetch']('https://a.test');`,
    `const { fetch: ask } = globalThis;`,
    `new WebSocket('wss://a.test');`,
    `new EventSource('https://a.test');`,
    `process.getBuiltinModule('node:http');`,
    `process['getBuiltinModule']('node:net');`,
    `process.binding('tcp_wrap');`,
    `import { createRequire } from 'node:module';`,
    `require('node:http');`,
    'await import(`node:http`);',
    `await import('node:' + 'http');`,
    `await import(name);`,
  ])('lets nobody but egress do %s', (text) => {
    expect(inOrchestrator(text)).not.toEqual([]);
    expect(inApp(text)).not.toEqual([]);
  });

  it.each([
    `fs.readFileSync('a');`,
    `fs['readFileSync']('a');`,
    `zlib.gzipSync(bytes);`,
    `scryptSync('a', 'b', 32);`,
    `execSync('ls');`,
    `files.map(readFileSync);`,
    `files.map(fs.statSync);`,
    `import { readFileSync as read } from 'node:fs';`,
    `const read = fs.readFileSync;`,
    `const { gunzipSync: unpack } = zlib;`,
    `Atomics.wait(cells, 0, 0);`,
    `Atomics['wait'](cells, 0, 0);`,
  ])('lets nothing hold the main thread by %s', (text) => {
    expect(inOrchestrator(text)).toEqual(['This blocks every execution of the process; use the asynchronous form.']);
    expect(inEgress(text)).toHaveLength(1);
    expect(inApp(text)).toHaveLength(1);
  });

  it('takes what waits without holding', () => {
    for (const text of [
      `await Atomics.waitAsync(cells, 0, 0).value;`,
      `await readFile('a');`,
      `Atomics.notify(cells, 0);`,
    ])
      expect(inOrchestrator(text)).toEqual([]);
  });

  it('takes imports by a literal name, which the table of the layers judges', () => {
    expect(inOrchestrator(`await import('node:http');`)).toEqual([]);
    expect(inEgress(`await fetch('https://a.test');`)).toEqual([]);
  });
});
