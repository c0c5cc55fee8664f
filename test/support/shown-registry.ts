import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseToolManifest } from '../../src/registry/parse-tool-manifest.ts';
import { createRegistry, type Registry } from '../../src/registry/registry.ts';
import { codeBlocks, fileOf } from './markdown.ts';
import { agent, textModel } from './tools.ts';

/** A `tool.json`: where it is, and what stands in it. */
interface Manifest {
  readonly file: string;
  readonly text: string;
}

async function manifestsBelow(root: string): Promise<readonly Manifest[]> {
  const files = (await readdir(root, { recursive: true })).filter((file) => path.basename(file) === 'tool.json');
  return Promise.all(
    files.map(async (name) => ({ file: path.join(root, name), text: await readFile(path.join(root, name), 'utf8') })),
  );
}

/** The manifests that pages show as files of a guide. */
async function shownManifests(): Promise<readonly Manifest[]> {
  const shown = (await codeBlocks('json')).map((block) => ({ file: fileOf(block) ?? '', text: block.text }));
  return shown.filter(({ file }) => path.basename(file) === 'tool.json');
}

/** What blueprints in the documentation may refer to: built-in tools, those of examples and of guides, and some names. */
export async function shownRegistry(): Promise<Registry> {
  const manifests = await Promise.all([manifestsBelow('src/tools'), manifestsBelow('examples'), shownManifests()]);
  const tools = manifests.flat().map(({ file, text }) => {
    const parsed = parseToolManifest(JSON.parse(text));
    if (!parsed.ok) throw new Error(`${file} is no manifest.`);
    return { ...parsed.value, folder: path.resolve(path.dirname(file)) };
  });
  return createRegistry({
    tools,
    models: [textModel({ name: 'fast' })],
    memories: [{ kind: 'semantic', name: 'docs', collection: 'docs', model: 'meaning', guarantees: [] }],
    agents: ['ada', 'grace', 'librarian', 'brief', 'warm', 'exact'].map((name) =>
      agent({ name, model: 'fast', memories: ['docs'] }),
    ),
  });
}
