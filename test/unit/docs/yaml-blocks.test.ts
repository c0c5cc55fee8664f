import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatBlueprint } from '../../../src/blueprint/yaml.ts';
import { fingerprintOf } from '../../../src/blueprint/fingerprint.ts';
import { parseBlueprintSource } from '../../../src/blueprint/source.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { codeBlocks } from '../../support/markdown.ts';
import { shownRegistry } from '../../support/shown-registry.ts';

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
