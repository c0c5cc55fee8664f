import type { BlueprintRecord } from '../blueprint/records.ts';
import type { Plan } from '../blueprint/plan.ts';
import type { InvalidBlueprintError, InvalidInputError, NotFoundError } from '../core/errors.ts';
import type { BlueprintId } from '../core/ids.ts';
import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { BlueprintStore } from '../store/blueprint-store.ts';
import type { PlanCache } from './plan-cache.ts';
import type { Viewer } from './viewer.ts';

export type PinError = NotFoundError | InvalidInputError | InvalidBlueprintError;

export interface PinRevisionDeps {
  readonly blueprints: Pick<BlueprintStore, 'getMany' | 'getRevisions'>;
  readonly plans: PlanCache;
}

/** What an execution runs, as its request pins it. */
export interface PinnedRevision {
  readonly blueprintId: BlueprintId;
  readonly version: number;
  readonly fingerprint: string;
}

/** Which content runs: the version that was named, or the published one. */
export async function pinRevision(
  deps: PinRevisionDeps,
  viewer: Viewer,
  input: { readonly blueprintId: BlueprintId; readonly version?: number | undefined },
): Promise<Result<{ readonly plan: Plan; readonly revision: PinnedRevision }, PinError>> {
  const [blueprint] = await deps.blueprints.getMany(viewer.tenant, [input.blueprintId]);
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
  const plan = await deps.plans.compiled(viewer.tenant, revision.value.fingerprint);
  if (plan.ok) return ok({ plan: plan.value, revision: revision.value });
  const message = `Version ${revision.value.version} of blueprint "${blueprint.name}" has ${plan.error.length} issues and cannot start.`;
  return err({ kind: 'InvalidBlueprintError', message, issues: plan.error });
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
