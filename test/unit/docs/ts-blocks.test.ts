import { generate, type CodegenConfig } from '@graphql-codegen/cli';
import { createJiti } from 'jiti';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Blueprint } from '../../../src/blueprint/blueprint.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { codeBlocks, fileOf, type CodeBlock } from '../../support/markdown.ts';
import { shownRegistry } from '../../support/shown-registry.ts';

/** The compiler reads the types of four libraries, and of the product. */
const SLOW_MS = 120_000;
const CODEGEN_PAGE = 'docs/guides/live-progress-react-urql.md';
// As a bundler of today has it; the package as it is published, by its sources.
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  jsx: ts.JsxEmit.ReactJSX,
  allowImportingTsExtensions: true,
  types: ['node'],
  paths: { iceos: [path.resolve('src/index.ts')], 'iceos/client/*': [path.resolve('src/client/*.ts')] },
};

const shown = await codeBlocks('ts', 'tsx', 'graphql');
const checked = shown.filter(({ language }) => language !== 'graphql');
const registry = await shownRegistry();
let root: string;
/** Of each file what the compiler says. */
const said = new Map<string, readonly string[]>();

const projectOf = (page: string): string => path.join(root, page.replace(/\W/g, '-'));
const placeOf = (block: CodeBlock): string =>
  path.join(projectOf(block.page), fileOf(block) ?? `block-${block.place.split(':')[1] ?? ''}.${block.language}`);

/** What a block exports; `iceos` is this checkout. */
const load = (block: CodeBlock): Promise<unknown> =>
  createJiti(import.meta.url, { alias: { iceos: path.resolve('src/index.ts') }, fsCache: false }).import(
    placeOf(block),
  );

/** The types of the operations of a guide, as the guide says to make them, but from the schema of this checkout. */
async function generateTypes(page: string, config: CodegenConfig): Promise<void> {
  await generate({ ...config, schema: path.resolve('schema.graphql'), cwd: projectOf(page), silent: true }, true);
}

beforeAll(async () => {
  // Within the checkout, so that the packages are found.
  await mkdir('node_modules/.cache', { recursive: true });
  root = await mkdtemp(path.resolve('node_modules/.cache/docs-'));
  for (const block of shown) {
    if (block.language === 'graphql' && fileOf(block) === undefined) continue;
    await mkdir(path.dirname(placeOf(block)), { recursive: true });
    await writeFile(placeOf(block), block.text);
  }
  const codegen = checked.find((block) => block.page === CODEGEN_PAGE && fileOf(block) === 'codegen.ts');
  if (codegen === undefined) throw new Error(`${CODEGEN_PAGE} shows no codegen.ts.`);
  const { default: config } = z.object({ default: z.custom<CodegenConfig>() }).parse(await load(codegen));
  const documents = shown.filter((block) => block.language === 'graphql' && fileOf(block) !== undefined);
  for (const { page } of documents) await generateTypes(page, config);
  const program = ts.createProgram(checked.map(placeOf), OPTIONS);
  for (const file of checked.map(placeOf)) {
    const source = program.getSourceFile(file);
    const faults = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    said.set(
      file,
      faults.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    );
  }
}, SLOW_MS);
afterAll(() => rm(root, { recursive: true, force: true }));

describe('TypeScript in the documentation', () => {
  it.each(checked.map((block) => [block.place, block] as const))('%s has the types that it needs', (_place, block) => {
    expect(said.get(placeOf(block))).toEqual([]);
  });

  const builders = checked.filter(({ text }) => /\bblueprint\b[^\n]*from 'iceos'/.test(text));
  it.each(builders.map((block) => [block.place, block] as const))(
    '%s compiles',
    async (_place, block) => {
      const exported = Object.values(z.record(z.string(), z.unknown()).parse(await load(block)));
      expect(exported.length).toBeGreaterThan(0);
      for (const one of exported) {
        const compiled = compile(Blueprint.parse(one), registry);
        expect(compiled.ok ? [] : compiled.error).toEqual([]);
      }
    },
    SLOW_MS,
  );
});
