import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatBlueprint } from '../../../src/blueprint/yaml.ts';
import { fingerprintOf } from '../../../src/blueprint/fingerprint.ts';
import { parseBlueprintSource } from '../../../src/blueprint/source.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { parseToolManifest } from '../../../src/registry/parse-tool-manifest.ts';
import { createRegistry, type Registry } from '../../../src/registry/registry.ts';
import { agent, textModel } from '../../support/tools.ts';
import { codeBlocks } from '../../support/markdown.ts';

/** The built-in tools, and those of the examples. */
async function shownRegistry(): Promise<Registry> {
  const manifests = await Promise.all(
    ['src/tools', 'examples'].map(async (root) => {
      const files = await readdir(root, { recursive: true });
      return files.filter((file) => path.basename(file) === 'tool.json').map((file) => path.join(root, file));
    }),
  );
  const tools = manifests.flat().map(async (file) => {
    const parsed = parseToolManifest(JSON.parse(await readFile(file, 'utf8')));
    if (!parsed.ok) throw new Error(`${file} is no manifest.`);
    return { ...parsed.value, folder: path.resolve(path.dirname(file)) };
  });
  return createRegistry({
    tools: await Promise.all(tools),
    models: [textModel({ name: 'fast' })],
    memories: [{ kind: 'semantic', name: 'docs', collection: 'docs', model: 'meaning', guarantees: [] }],
    agents: ['ada', 'grace', 'librarian', 'brief', 'warm', 'exact'].map((name) => agent({ name, model: 'fast', memories: ['docs'] })),
  });
}

const registry = await shownRegistry();
const blocks = await codeBlocks('yaml');
const examples = (await readdir('examples', { recursive: true })).filter((file) => file.endsWith('.yaml'));
const written = [
  ...blocks,
  ...(await Promise.all(
    examples.map(async (file) => ({
      place: `examples/${file}`,
      text: await readFile(path.join('examples', file), 'utf8'),
    })),
  )),
];

describe('blueprints in the documentation', () => {
  it('show every kind of node', () => {
    const kinds = registry.listNodeKinds().map(({ name }) => name);
    const text = blocks.map((block) => block.text).join('\n');
    expect(kinds.filter((kind) => !text.includes(`kind: ${kind}`))).toEqual([]);
  });

  it('show every tool', () => {
    const text = written.map((block) => block.text).join('\n');
    expect(registry.listTools().filter(({ name }) => !text.includes(`tool: ${name}`))).toEqual([]);
  });

  it.each(written.map(({ place, text }) => [place, text] as const))('%s compiles', (_place, text) => {
    const parsed = parseBlueprintSource(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error, null, 2));
    const { blueprint, places } = parsed.value;
    const compiled = compile(blueprint, registry, { places });
    expect(compiled.ok ? [] : compiled.error).toEqual([]);
    const again = parseBlueprintSource(formatBlueprint(blueprint, 'json'));
    expect(again.ok && fingerprintOf(again.value.blueprint)).toBe(fingerprintOf(blueprint));
  });
});
