import type { Blueprint } from '../blueprint/blueprint.ts';
import { mergeBlueprints } from '../blueprint/merge.ts';
import type { BlueprintRecord, VersionConflict } from '../blueprint/records.ts';
import type { BlueprintDeps } from './blueprint-deps.ts';
import { readDocument } from './blueprint-deps.ts';

const MAX_CHANGES = 1_000;

/** What a client needs to see who changed what since the version that it started from. */
export async function versionConflict(
  deps: Pick<BlueprintDeps, 'blueprints' | 'onVersionConflict'>,
  current: BlueprintRecord,
  {
    expectedVersion,
    yours,
    mergeable,
    reason,
  }: {
    readonly expectedVersion: number;
    /** The document as the client wants it; undefined when its input does not touch the document. */
    readonly yours: Blueprint | undefined;
    readonly mergeable: boolean;
    /** Why a merge was refused. */
    readonly reason?: string | undefined;
  },
): Promise<VersionConflict> {
  deps.onVersionConflict?.('rejected');
  const { id, tenant, version, name } = current;
  const [base] = await deps.blueprints.getRevisions(tenant, [{ id, version: expectedVersion }]);
  const stale = `Blueprint "${name}" is at version ${version}, and your change is for version ${expectedVersion}.`;
  return {
    kind: 'VersionConflict',
    message: `${stale} ${reason ?? (mergeable ? 'onConflict: MERGE would be accepted now.' : 'Look at what has changed, and send it again for the present version.')}`,
    expectedVersion,
    actualVersion: version,
    current,
    base,
    changes: base === undefined ? [] : await changesSince(deps, { base, current, yours }),
    mergeable,
  };
}

async function changesSince(
  deps: Pick<BlueprintDeps, 'blueprints'>,
  sides: {
    readonly base: Pick<BlueprintRecord, 'tenant' | 'fingerprint' | 'name'>;
    readonly current: BlueprintRecord;
    readonly yours: Blueprint | undefined;
  },
): Promise<VersionConflict['changes']> {
  const base = await readDocument(deps, sides.base);
  const theirs = await readDocument(deps, sides.current);
  return mergeBlueprints({ base, yours: sides.yours ?? base, theirs }).changes.slice(0, MAX_CHANGES);
}
