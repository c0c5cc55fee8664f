import type { BlueprintRecord } from '../blueprint/records.ts';
import type { Plan } from '../blueprint/plan.ts';
import { coalesce } from '../core/coalesce.ts';
import type { InvalidBlueprintError, InvalidInputError, NotFoundError } from '../core/errors.ts';
import type { BlueprintId, TenantId } from '../core/ids.ts';
import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { BlueprintStore } from '../store/blueprint-store.ts';
import type { PlanCache } from './plan-cache.ts';
import type { Viewer } from './viewer.ts';
import { requireUnwidened } from './widened-grants.ts';

export type PinError = NotFoundError | InvalidInputError | InvalidBlueprintError;

export interface PinRevisionDeps {
  readonly blueprints: Pick<BlueprintStore, 'getMany' | 'getRevisions' | 'getContents'>;
  readonly plans: PlanCache;
}

const MOST_AT_ONCE = 500;

/** What an execution runs, as its request pins it. */
export interface PinnedRevision {
  readonly blueprintId: BlueprintId;
  readonly version: number;
  readonly fingerprint: string;
}

/** Which content runs: the version that was named, or the published one. */
export type PinRevision = (
  viewer: Viewer,
  input: { readonly blueprintId: BlueprintId; readonly version?: number | undefined },
) => Promise<Result<{ readonly plan: Plan; readonly revision: PinnedRevision }, PinError>>;

/** Many who start at once share a look at the blueprints. */
export function createPinRevision(deps: PinRevisionDeps): PinRevision {
  const find = coalesce((keys: readonly BlueprintKey[]) => findAll(deps, keys), MOST_AT_ONCE);
  return async (viewer, input) => {
    const blueprint = await find({ tenant: viewer.tenant, id: input.blueprintId });
    return pin(deps, { viewer, blueprint, ...input });
  };
}

interface BlueprintKey {
  readonly tenant: TenantId;
  readonly id: BlueprintId;
}

async function findAll(
  { blueprints }: PinRevisionDeps,
  keys: readonly BlueprintKey[],
): Promise<readonly (BlueprintRecord | undefined)[]> {
  const found = new Map<BlueprintId, BlueprintRecord>();
  for (const tenant of new Set(keys.map((key) => key.tenant))) {
    const ids = [...new Set(keys.filter((key) => key.tenant === tenant).map(({ id }) => id))];
    for (const record of await blueprints.getMany(tenant, ids)) if (record) found.set(record.id, record);
  }
  return keys.map(({ tenant, id }) => {
    const record = found.get(id);
    return record?.tenant === tenant ? record : undefined;
  });
}

interface PinInput {
  readonly viewer: Viewer;
  readonly blueprint: BlueprintRecord | undefined;
  readonly blueprintId: BlueprintId;
  readonly version?: number | undefined;
}

async function pin(deps: PinRevisionDeps, { viewer, blueprint, ...input }: PinInput): ReturnType<PinRevision> {
  if (blueprint === undefined || blueprint.deletedAt !== undefined) {
    const message = `There is no blueprint with the ID "${input.blueprintId}" that you may see.`;
    return err({ kind: 'NotFoundError', message, id: input.blueprintId });
  }
  if (blueprint.archivedAt !== undefined) {
    const message = `Blueprint "${blueprint.name}" is archived and starts nothing. Restore it first.`;
    return err(invalidBlueprint({ rule: 'archived', path: '', message }));
  }
  const revision = await findRevision(deps, blueprint, input.version);
  if (!revision.ok) return revision;
  await checkGrants(deps, { viewer, blueprint, revision: revision.value });
  const plan = await deps.plans.compiled(viewer.tenant, revision.value.fingerprint);
  if (plan.ok) return ok({ plan: plan.value, revision: revision.value });
  const message = `Version ${revision.value.version} of blueprint "${blueprint.name}" has ${plan.error.length} issues and cannot start.`;
  return err({ kind: 'InvalidBlueprintError', message, issues: plan.error });
}

/** A version that is not published must not be a way round the scope that publishing it would need. */
async function checkGrants(
  { blueprints }: PinRevisionDeps,
  {
    viewer,
    blueprint: { tenant, name, publishedFingerprint },
    revision: { fingerprint, version },
  }: { readonly viewer: Viewer; readonly blueprint: BlueprintRecord; readonly revision: PinnedRevision },
): Promise<void> {
  if (fingerprint === publishedFingerprint || viewer.scopes.has('grants:write')) return;
  const fingerprints = publishedFingerprint === undefined ? [fingerprint] : [fingerprint, publishedFingerprint];
  const [wanted, published] = await blueprints.getContents(tenant, fingerprints);
  if (wanted === undefined) throw new Error(`The content ${fingerprint} of a blueprint is missing.`);
  requireUnwidened(viewer, { what: `Version ${version} of "${name}"`, published, wanted });
}

async function findRevision(
  { blueprints }: PinRevisionDeps,
  { id, tenant, name, publishedVersion, publishedFingerprint }: BlueprintRecord,
  version: number | undefined,
): Promise<Result<PinnedRevision, PinError>> {
  if (version === undefined || version === publishedVersion) {
    if (publishedVersion !== undefined && publishedFingerprint !== undefined) {
      return ok({ blueprintId: id, version: publishedVersion, fingerprint: publishedFingerprint });
    }
    const message = `Blueprint "${name}" has no published version. Publish one, or name the version to run.`;
    return err(invalidBlueprint({ rule: 'published', path: '', message }));
  }
  const [revision] = await blueprints.getRevisions(tenant, [{ id, version }]);
  if (revision) return ok({ blueprintId: id, version, fingerprint: revision.fingerprint });
  const message = `Blueprint "${name}" has no version ${version}.`;
  return err(invalidInput([{ rule: 'known-version', path: '/version', message }]));
}

/** Everything that is wrong with the arguments of a start. */
export const invalidInput = (issues: readonly Issue[]): InvalidInputError => ({
  kind: 'InvalidInputError',
  message: `The execution was not started: ${issues.map(({ message }) => message).join(' ')}`,
  issues,
});

const invalidBlueprint = (issue: Issue): InvalidBlueprintError => ({
  kind: 'InvalidBlueprintError',
  message: issue.message,
  issues: [issue],
});
