import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseBlueprintSource } from '../../../src/blueprint/source.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { parseToolManifest } from '../../../src/registry/parse-tool-manifest.ts';
import { createRegistry } from '../../../src/registry/registry.ts';
import { loadTools } from '../../../src/sandbox/load-tools.ts';
import { TOOLS_FOLDER } from '../../support/sandbox.ts';

describe('the examples', () => {
  it.each(['hello-world', 'licence-audit', 'other-languages'])(
    'compile with their tools, without a warning: %s',
    async (name) => {
      const tools = await loadTools([TOOLS_FOLDER, 'examples/other-languages/tools'], parseToolManifest);
      const source = parseBlueprintSource(await readFile(`examples/${name}/blueprint.yaml`, 'utf8'));
      if (!tools.ok || !source.ok) throw new Error(JSON.stringify([tools, source]));
      const compiled = compile(source.value.blueprint, createRegistry({ tools: tools.value }));
      expect(compiled).toMatchObject({ ok: true, value: { warnings: [], plan: { name } } });
    },
  );
});
