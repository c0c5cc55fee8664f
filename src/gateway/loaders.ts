import DataLoader from 'dataloader';
import type { Blueprint } from '../blueprint/blueprint.ts';
import type { BlueprintRecord, RevisionRecord } from '../blueprint/records.ts';
import type { BlueprintId } from '../core/ids.ts';
import type { BlueprintReader, RevisionKey } from '../use-cases/read-blueprints.ts';
import type { Viewer } from '../use-cases/viewer.ts';

/** What is stored must be there: a revision without its content is a bug, not a client's mistake. */
export interface BlueprintLoaders {
  readonly blueprint: DataLoader<BlueprintId, BlueprintRecord | undefined>;
  readonly revision: DataLoader<RevisionKey, RevisionRecord | undefined, string>;
  /** The content under the name that the revision had. */
  readonly document: DataLoader<RevisionRecord, Blueprint, string>;
}

/** Batches and remembers the reads of one operation, or of one event of a subscription; never longer. */
export function createBlueprintLoaders(blueprints: BlueprintReader, viewer: Viewer): BlueprintLoaders {
  const content = new DataLoader<string, Blueprint | undefined>(async (fingerprints) =>
    copyOf(await blueprints.getContents(viewer, fingerprints)),
  );
  return {
    blueprint: new DataLoader(async (ids) => copyOf(await blueprints.getBlueprints(viewer, ids))),
    revision: new DataLoader(async (keys) => copyOf(await blueprints.getRevisions(viewer, keys)), {
      cacheKeyFn: ({ id, version }) => `${id}:${version}`,
    }),
    document: new DataLoader(
      async (revisions) => {
        const contents = await Promise.all(revisions.map((revision) => content.load(revision.fingerprint)));
        return revisions.map((revision, place) => toDocument(revision, contents[place]));
      },
      { cacheKeyFn: ({ blueprintId, version }) => `${blueprintId}:${version}` },
    ),
  };
}

// DataLoader wants an array that it may keep.
const copyOf = <T>(items: readonly T[]): T[] => [...items];

function toDocument(revision: RevisionRecord, content: Blueprint | undefined): Blueprint | Error {
  if (content === undefined) {
    return new Error(`Version ${revision.version} of blueprint ${revision.blueprintId} has no stored content.`);
  }
  return { ...content, name: revision.name };
}

/** A row's own revision, which is written in the same statement as the row. */
export async function newestRevision(
  load: BlueprintLoaders,
  { id, version }: Pick<BlueprintRecord, 'id' | 'version'>,
): Promise<RevisionRecord> {
  const revision = await load.revision.load({ id, version });
  if (revision === undefined) throw new Error(`Blueprint ${id} has no revision for its version ${version}.`);
  return revision;
}
