import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { build, DIST, packageOf, ROOT } from '../build.ts';
import { git, readText } from '../repository.ts';
import { checksumLines, publishedManifest, repositoryUrl, RootManifest } from './candidate.ts';
import { thirdPartyNotices } from './notices.ts';
import { run } from './run.ts';

/** What goes into the package beside `dist` and what is written for it: examples and docs, as `node_modules` is where many read them. */
const COPIED = [
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  '.env.example',
  'schema.graphql',
  'docs',
  'examples',
  'migrations',
];

export interface Package {
  readonly version: string;
  /** Absolute paths. */
  readonly tarball: string;
  readonly sbom: string;
  readonly checksums: string;
}

/** Builds this checkout and lays the package, its bill of materials and their checksums into a folder. */
export async function makePackage(folder: string): Promise<Package> {
  const stage = path.join(folder, 'stage');
  await rm(folder, { recursive: true, force: true });
  await mkdir(stage, { recursive: true });
  const root = RootManifest.parse(JSON.parse(await readText('package.json')));
  const { imported, bundled } = await build({ clean: true });
  await run('npx', ['tsc', '-p', 'tsconfig.build.json'], { cwd: ROOT });

  await cp(DIST, path.join(stage, 'dist'), { recursive: true });
  const filter = (file: string): boolean => !/_snapshot\.json$/.test(file); // for those who write migrations
  await Promise.all(
    COPIED.map((name) => cp(path.join(ROOT, name), path.join(stage, name), { recursive: true, filter })),
  );
  await writeFile(path.join(stage, 'THIRD-PARTY-NOTICES.txt'), await thirdPartyNotices(bundled));
  const types = await typesImport(path.join(DIST, 'types'));
  const repository = repositoryUrl(await git('remote', 'get-url', 'origin'));
  const manifest = publishedManifest(root, { imported: [...imported, ...types], repository });
  await writeFile(path.join(stage, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await freeze(stage);

  await run('npm', ['pack', '--pack-destination', folder, '--ignore-scripts'], { cwd: stage });
  const name = `${root.name}-${root.version}`;
  const tarball = path.join(folder, `${name}.tgz`);
  const sbom = path.join(folder, `${name}.cdx.json`);
  await writeFile(
    sbom,
    await run(
      'npm',
      ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--omit', 'dev', '--package-lock-only'],
      {
        cwd: ROOT,
      },
    ),
  );
  const checksums = path.join(folder, 'SHA256SUMS');
  const packed = await readFile(tarball);
  const sums = {
    [`${name}.tgz`]: sha256(packed),
    // Compression differs from machine to machine: a rebuild is compared by what is in it.
    [`${name}.tar`]: sha256(gunzipSync(packed)),
    [`${name}.cdx.json`]: sha256(await readFile(sbom)),
  };
  await writeFile(checksums, checksumLines(sums));
  await rm(stage, { recursive: true });
  return { version: root.version, tarball, sbom, checksums };
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** Names of the packages whose types the declarations name. */
async function typesImport(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true });
  const texts = await Promise.all(
    entries.filter((entry) => entry.endsWith('.d.ts')).map((entry) => readFile(path.join(folder, entry), 'utf8')),
  );
  return texts.flatMap((text) =>
    [...text.matchAll(/(?:from|import\() ?'([^.'][^']*)'/g)].map((found) => packageOf(found[1] ?? '')),
  );
}

/** Takes the versions that this checkout was tested with, down to the last package: `npm-shrinkwrap.json`, which npm honours. */
async function freeze(stage: string): Promise<void> {
  await cp(path.join(ROOT, 'package-lock.json'), path.join(stage, 'package-lock.json'));
  await run('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: stage });
  await run('npm', ['shrinkwrap'], { cwd: stage });
}
