import { z } from 'zod';

/** What a package.json says that a release is made from. */
export const RootManifest = z.looseObject({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  type: z.string(),
  engines: z.record(z.string(), z.string()),
  bin: z.record(z.string(), z.string()),
  exports: z.record(z.string(), z.unknown()),
  dependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()),
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean() })),
});
export type RootManifest = z.infer<typeof RootManifest>;

const CANDIDATE = /^v(\d+\.\d+\.\d+)-rc\.(\d+)$/;

/** The next candidate of a version: `0.1.0-rc.3` after the tag `v0.1.0-rc.2`. Throws where the version itself is out already. */
export function nextCandidate(version: string, tags: readonly string[]): string {
  const base = version.replace(/-.*$/, '');
  if (tags.includes(`v${base}`))
    throw new Error(`v${base} is released. Raise "version" in package.json before its candidates.`);
  const numbers = tags.map((tag) => CANDIDATE.exec(tag)).filter((found) => found?.[1] === base);
  return `${base}-rc.${Math.max(0, ...numbers.map((found) => Number(found?.[2]))) + 1}`;
}

export interface CutChangelog {
  /** The changelog with an empty *Pending*, above the section of the version. */
  readonly text: string;
  /** What the version brings: the body of that section. */
  readonly notes: string;
}

/** Turns *Pending* into the section of a version. Throws where nothing is pending. */
export function cutChangelog(changelog: string, version: string, day: string): CutChangelog {
  const [head, rest] = splitAt(changelog, /^## Pending\n/m);
  if (rest === undefined) throw new Error('CHANGELOG.md has no section "## Pending". Add it above the last version.');
  const end = rest.search(/^## /m);
  const notes = (end < 0 ? rest : rest.slice(0, end)).trim();
  if (notes === '')
    throw new Error('Nothing stands under Pending in CHANGELOG.md. Say there what this version brings.');
  const older = end < 0 ? '' : `\n${rest.slice(end)}`;
  return { text: `${head}## Pending\n\n## ${version} - ${day}\n\n${notes}\n${older}`, notes };
}

function splitAt(text: string, mark: RegExp): readonly [before: string, after: string | undefined] {
  const found = mark.exec(text);
  return found === null ? [text, undefined] : [text.slice(0, found.index), text.slice(found.index + found[0].length)];
}

/** Where GitHub shows a repository, for npm's provenance: `git+https://github.com/a/b.git`. Undefined: it lies elsewhere. */
export function repositoryUrl(origin: string | undefined): string | undefined {
  const found = /^(?:git@github\.com:|(?:ssh|https):\/\/(?:[^@/]+@)?github\.com\/)([^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(
    origin?.trim() ?? '',
  );
  return found === null ? undefined : `git+https://github.com/${found[1]}.git`;
}

export interface PublishedManifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/**
 * The package.json of the published package. The program is one bundle: what stays beside it are the packages that it
 * imports. It has no scripts, so installing it runs no code of ours.
 */
export function publishedManifest(
  root: RootManifest,
  { imported, repository }: { readonly imported: readonly string[]; readonly repository: string | undefined },
): PublishedManifest {
  const { name, version, description, license, type, engines, bin, exports } = root;
  const { peerDependencies, peerDependenciesMeta } = root;
  const needed = Object.entries(root.dependencies).filter(([dependency]) => imported.includes(dependency));
  return {
    ...{ name, version, description, license, type, engines, bin, exports },
    ...(repository === undefined ? {} : { repository: { type: 'git', url: repository } }),
    publishConfig: { access: 'public' },
    dependencies: Object.fromEntries(needed),
    ...{ peerDependencies, peerDependenciesMeta },
  };
}

/** Lines as `sha256sum` writes and checks them. */
export const checksumLines = (sums: Readonly<Record<string, string>>): string =>
  Object.entries(sums)
    .map(([file, sum]) => `${sum}  ${file}\n`)
    .join('');

/** The sum of a file in such lines, wherever they stand in a text. */
export const checksumOf = (text: string, file: string): string | undefined =>
  text
    .split('\n')
    .map((line) => /^([0-9a-f]{64}) {2}(.+)$/.exec(line))
    .find((found) => found?.[2] === file)?.[1];
