import { access } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { toIssues } from '../blueprint/zod-issues.ts';
import { ConfigFile } from '../registry/config-file.ts';
import type { InstallationPaths } from './installation.ts';

/** Looked for in the working directory where the setting is absent, the first that is there. */
const USUAL_NAMES = ['iceos.config.ts', 'iceos.config.mts', 'iceos.config.js', 'iceos.config.mjs'];

/** `iceos.config.ts` cannot be used; the sentences say what to change. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';
}

/** Runs the operator's configuration and checks what it exports; an empty one where there is no file. Throws `ConfigFileError`. */
export async function readConfigFile(
  setting: string | undefined,
  { root }: Pick<InstallationPaths, 'root'>,
): Promise<ConfigFile> {
  const file = setting ?? (await firstPresent(USUAL_NAMES.map((name) => path.resolve(name))));
  if (file === undefined) return ConfigFile.parse({});
  const exported = await run(file, root);
  const parsed = ConfigFile.safeParse(exported);
  if (parsed.success) return parsed.data;
  // What stands in a provider may be a key, and is not shown.
  const shown = typeof exported === 'object' ? { ...exported, providers: undefined } : exported;
  const faults = toIssues(parsed.error, shown).map((issue) => `  ${issue.path || '/'}: ${issue.message}`);
  throw new ConfigFileError(`${file} does not export what iceOS expects.\n${faults.join('\n')}`);
}

async function run(file: string, root: string): Promise<unknown> {
  // Node 20 runs no TypeScript; loaded only where there is a file.
  const { createJiti } = await import('jiti');
  // The package by its name, whether or not it is installed beside the file.
  const alias = { iceos: path.join(root, 'dist', 'index.js') };
  const jiti = createJiti(pathToFileURL(file).href, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    alias,
  });
  const module: unknown = await jiti.import(file).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigFileError(`${file} (ICEOS_CONFIG) cannot be run: ${message}`, { cause: error });
  });
  if (typeof module === 'object' && module !== null && 'default' in module) return module.default;
  throw new ConfigFileError(`${file} has no default export. Write: export default defineConfig({ ... }).`);
}

async function firstPresent(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}
