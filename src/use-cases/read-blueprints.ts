import type { Blueprint } from '../blueprint/blueprint.ts';
import type { BlueprintRecord, RevisionRecord } from '../blueprint/records.ts';
import type { BlueprintId } from '../core/ids.ts';
import type { Examined } from '../compiler/examine.ts';
import type { Json } from '../core/json.ts';
import type { BlueprintDeps } from './blueprint-deps.ts';
import type { Page, PageArguments } from './page.ts';
import { requireScope, type Viewer } from './viewer.ts';

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
  /** What the compiler says of a stored document. */
  examine(document: Blueprint): Examined;
}

export interface RevisionKey {
  readonly id: BlueprintId;
  readonly version: number;
}

/** The reads behind the queries; each checks the scope, so that none can be forgotten. */
export function createBlueprintReader({
  blueprints,
  examine,
}: Pick<BlueprintDeps, 'blueprints' | 'examine'>): BlueprintReader {
  const tenantOf = (viewer: Viewer) => {
    requireScope(viewer, 'blueprints:read');
    return viewer.tenant;
  };
  return {
    getBlueprints: async (viewer, ids) => blueprints.getMany(tenantOf(viewer), ids),
    findBlueprint: async (viewer, name) => blueprints.findByName(tenantOf(viewer), name),
    listBlueprints: async (viewer, filter, page) => blueprints.list(tenantOf(viewer), filter, page),
    getRevisions: async (viewer, keys) => blueprints.getRevisions(tenantOf(viewer), keys),
    listRevisions: async (viewer, id, page) => blueprints.listRevisions(tenantOf(viewer), id, page),
    getContents: async (viewer, fingerprints) => blueprints.getContents(tenantOf(viewer), fingerprints),
    getLayout: async (viewer, id) => blueprints.getLayout(tenantOf(viewer), id),
    examine,
  };
}
