import { readFile } from 'node:fs/promises';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { allBlocks, blocksIn, codeBlocks, notRun } from '../../support/markdown.ts';

/** What looks at the blocks of a language. One that is not here fails. */
const LOOKED_AT: Readonly<Record<string, string>> = {
  graphql: 'graphql-blocks.test.ts: validated against the schema',
  yaml: 'yaml-blocks.test.ts: compiled',
  ts: 'ts-blocks.test.ts: type-checked, blueprints compiled',
  tsx: 'ts-blocks.test.ts: type-checked',
  js: 'below: parsed',
  json: 'below: parsed',
  sh: 'sh-blocks.test.ts: each command is looked up; test/e2e/guides.test.ts runs those of the guides',
  promql: 'scripts/check-alerts.ts: generated from the alerts that promtool tests',
};

const textsOf = async (language: string): Promise<readonly (readonly [place: string, text: string])[]> =>
  (await codeBlocks(language)).map(({ place, text }) => [place, text] as const);
const [json, js] = [await textsOf('json'), await textsOf('js')];

describe('code in the documentation', () => {
  it('is found with what its fence says, also within a list', () => {
    const text = '1. A\n\n   ```sh no-run: why not\n   a\n     b\n   ```\n\n```\nc\n```';
    expect(blocksIn('a.md', text)).toMatchObject([
      { place: 'a.md:3', language: 'sh', info: 'no-run: why not', text: 'a\n  b' },
      { place: 'a.md:8', language: '', info: '', text: 'c' },
    ]);
    expect(() => blocksIn('a.md', '```sh\na')).toThrow('a.md:1: the block does not end.');
  });

  it('is all looked at by a test, is text, or says why not', async () => {
    const unseen = (await allBlocks()).filter(
      (block) => LOOKED_AT[block.language] === undefined && block.language !== 'text' && notRun(block) === undefined,
    );
    expect(unseen.map(({ place, language }) => `${place}: ${language === '' ? 'no language' : language}`)).toEqual([]);
  });

  it('that is run elsewhere is in a test that is there', async () => {
    const files = Object.values(LOOKED_AT).flatMap((by) => /[\w./-]+\.ts/g.exec(by)?.[0] ?? []);
    for (const file of files) await readFile(file.includes('/') ? file : `test/unit/docs/${file}`);
  });

  it.each(json)('%s is JSON', (_place, text) => {
    expect(() => void JSON.parse(text)).not.toThrow();
  });

  it.each(js)('%s is JavaScript', (_place, text) => {
    const { diagnostics = [] } = ts.transpileModule(text, {
      reportDiagnostics: true,
      fileName: 'block.js',
      compilerOptions: { allowJs: true },
    });
    expect(diagnostics.map(({ messageText }) => messageText)).toEqual([]);
  });
});
