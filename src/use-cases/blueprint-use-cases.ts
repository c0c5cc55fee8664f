import type { Blueprint } from '../blueprint/blueprint.ts';
import type { BlueprintRecord, RevisionRecord } from '../blueprint/records.ts';
import type { BlueprintId } from '../core/ids.ts';
import type { Issue } from '../core/issue.ts';
import type { Json } from '../core/json.ts';
import type { Page, PageArguments } from './page.ts';
import type { Viewer } from './viewer.ts';

/** How an accepted change ended. */
export const UPDATE_OUTCOMES = ['applied', 'merged', 'unchanged'] as const;
export type UpdateOutcome = (typeof UPDATE_OUTCOMES)[number];

/** An accepted change: the row as it is now. */
export interface ChangedBlueprint {
  readonly blueprint: BlueprintRecord;
  readonly outcome: UpdateOutcome;
}

/** What is read about blueprints, as the gateway batches it. Every call sees the viewer's tenant alone. */
export interface BlueprintReader {
  /** In the order of `ids`; undefined where there is none. Deleted ones are included: they can be restored. */
  getBlueprints(viewer: Viewer, ids: readonly BlueprintId[]): Promise<readonly (BlueprintRecord | undefined)[]>;
  findBlueprint(viewer: Viewer, name: string): Promise<BlueprintRecord | undefined>;
  /** By name. */
  listBlueprints(
    viewer: Viewer,
    filter: { readonly archived: boolean; readonly nameContains?: string | undefined },
    page: PageArguments<string>,
  ): Promise<Page<BlueprintRecord>>;
  getRevisions(viewer: Viewer, keys: readonly RevisionKey[]): Promise<readonly (RevisionRecord | undefined)[]>;
  /** Newest first. */
  listRevisions(viewer: Viewer, id: BlueprintId, page: PageArguments<number>): Promise<Page<RevisionRecord>>;
  getContents(viewer: Viewer, fingerprints: readonly string[]): Promise<readonly (Blueprint | undefined)[]>;
  getLayout(viewer: Viewer, id: BlueprintId): Promise<Json | undefined>;
  /** What the compiler finds in a stored document. */
  findIssues(document: Blueprint): readonly Issue[];
}

export interface RevisionKey {
  readonly id: BlueprintId;
  readonly version: number;
}

export interface BlueprintUseCases extends BlueprintReader {}
