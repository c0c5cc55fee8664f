import { diffBlueprints, type Difference } from '../blueprint/diff.ts';
import type { RevisionRecord } from '../blueprint/records.ts';
import type { BlueprintId } from '../core/ids.ts';
import { readDocument, type BlueprintDeps } from './blueprint-deps.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** Two versions of one blueprint, and every place where they differ. */
export interface BlueprintDiff {
  readonly from: RevisionRecord;
  readonly to: RevisionRecord;
  readonly changes: readonly Difference[];
}

/** What changed between two versions; undefined when one of them is not there. */
export const createDiffBlueprint =
  (deps: Pick<BlueprintDeps, 'blueprints'>) =>
  async (
    viewer: Viewer,
    { id, from, to }: { readonly id: BlueprintId; readonly from: number; readonly to: number },
  ): Promise<BlueprintDiff | undefined> => {
    requireScope(viewer, 'blueprints:read');
    const [before, after] = await deps.blueprints.getRevisions(viewer.tenant, [
      { id, version: from },
      { id, version: to },
    ]);
    if (before === undefined || after === undefined) return undefined;
    const [old, now] = [await readDocument(deps, before), await readDocument(deps, after)];
    return { from: before, to: after, changes: diffBlueprints(old, now) };
  };
