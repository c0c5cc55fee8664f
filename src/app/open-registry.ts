import type { Config } from '../config.ts';
import { createRegistry } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import { parseToolManifest } from '../registry/parse-tool-manifest.ts';
import { loadTools } from '../sandbox/load-tools.ts';
import type { InstallationPaths } from './installation.ts';

/** Reads the tools of the installation, and the operator's own; their code stays where it is, for the workers. */
export async function openRegistry(
  { tools }: Pick<InstallationPaths, 'tools'>,
  { toolsDir }: Pick<Config, 'toolsDir'>,
): Promise<Registry> {
  const roots = toolsDir === undefined ? [tools] : [tools, toolsDir];
  const loaded = await loadTools(roots, parseToolManifest);
  if (loaded.ok) return createRegistry({ tools: loaded.value });
  const faults = loaded.error.map(({ file, message }) => `${file}: ${message}`);
  throw new Error(`Tools cannot be loaded.\n${faults.join('\n')}`);
}
