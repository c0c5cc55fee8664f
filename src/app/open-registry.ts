import type { Config } from '../config.ts';
import { entriesOf } from '../registry/config-entries.ts';
import type { ConfigFile } from '../registry/config-file.ts';
import { parseToolManifest } from '../registry/parse-tool-manifest.ts';
import { createRegistry, type Registry } from '../registry/registry.ts';
import { loadTools } from '../sandbox/load-tools.ts';
import type { InstallationPaths } from './installation.ts';
import { ConfigFileError, readConfigFile } from './read-config-file.ts';

export interface OpenRegistry {
  readonly registry: Registry;
  /** Who serves the registered models. */
  readonly providers: ConfigFile['providers'];
}

/**
 * Reads what blueprints may refer to: the tools of the installation and the operator's own, whose code stays where it is,
 * for the workers; and what `iceos.config.ts` says.
 */
export async function openRegistry(
  paths: Pick<InstallationPaths, 'tools' | 'root'>,
  { toolsDir, configFile, memoryMaxDimensions }: Pick<Config, 'toolsDir' | 'configFile' | 'memoryMaxDimensions'>,
): Promise<OpenRegistry> {
  const roots = toolsDir === undefined ? [paths.tools] : [paths.tools, toolsDir];
  const [loaded, file] = await Promise.all([loadTools(roots, parseToolManifest), readConfigFile(configFile, paths)]);
  if (!loaded.ok) {
    const faults = loaded.error.map((fault) => `${fault.file}: ${fault.message}`);
    throw new Error(`Tools cannot be loaded.\n${faults.join('\n')}`);
  }
  const tools = loaded.value;
  const entries = entriesOf(file, { tools: tools.map(({ name }) => name), maxDimensions: memoryMaxDimensions });
  if (!entries.ok)
    throw new ConfigFileError(`The entries of the configuration do not fit together.\n${entries.error.join('\n')}`);
  return { registry: createRegistry({ tools, ...entries.value }), providers: file.providers };
}
