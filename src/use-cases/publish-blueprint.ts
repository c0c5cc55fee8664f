import type { Blueprint } from '../blueprint/blueprint.ts';
import type { BlueprintRecord, RevisionRecord } from '../blueprint/records.ts';
import type { InvalidBlueprintError, InvalidInputError } from '../core/errors.ts';
import { err, ok, type Result } from '../core/result.ts';
import {
  invalidBlueprint,
  invalidInput,
  readDocument,
  readRow,
  type BlueprintDeps,
  type ChangedBlueprint,
  type LockError,
  type VersionLock,
} from './blueprint-deps.ts';
import { changeRow } from './change-blueprint.ts';
import { requireScope, type Viewer } from './viewer.ts';
import { requireUnwidened } from './widened-grants.ts';

export interface PublishBlueprintInput extends VersionLock {
  /** Which to publish: the expected one, or an older one. */
  readonly version?: number | undefined;
}

/**
 * Makes a version the one that runs when none is named. Its content must be without issues, and may ask for more than
 * what is published only by a viewer who may give grants.
 */
export const createPublishBlueprint =
  (deps: BlueprintDeps) =>
  async (
    viewer: Viewer,
    input: PublishBlueprintInput,
  ): Promise<Result<ChangedBlueprint, LockError | InvalidBlueprintError>> => {
    requireScope(viewer, 'blueprints:write');
    const row = await readRow(deps, viewer, { ...input, deleted: 'hidden' });
    if (!row.ok) return row;
    const target = await findTarget(deps, viewer, input);
    if (!target.ok) return target;
    const { version, fingerprint } = target.value;
    return changeRow<InvalidBlueprintError>(deps, viewer, {
      ...input,
      change: 'published',
      isDone: (record) => record.publishedFingerprint === fingerprint,
      async toSet(record) {
        const { name } = record;
        const wanted = await readDocument(deps, { ...target.value, name });
        // The version lock covers the published version too: nobody changes it between this look and the write.
        const published = await readPublished(deps, record);
        requireUnwidened(viewer, { what: `Version ${version} of "${name}"`, published, wanted });
        const issues = deps.findIssues(wanted);
        if (issues.length > 0)
          return err(invalidBlueprint(issues, `Version ${version} of "${name}" was not published`));
        return ok({ published: { version, fingerprint } });
      },
    });
  };

async function readPublished(
  deps: BlueprintDeps,
  { tenant, name, publishedFingerprint: fingerprint }: BlueprintRecord,
): Promise<Blueprint | undefined> {
  return fingerprint === undefined ? undefined : readDocument(deps, { tenant, name, fingerprint });
}

async function findTarget(
  { blueprints }: BlueprintDeps,
  { tenant }: Viewer,
  { id, expectedVersion, version = expectedVersion }: PublishBlueprintInput,
): Promise<Result<RevisionRecord, InvalidInputError>> {
  if (version <= expectedVersion) {
    const [revision] = await blueprints.getRevisions(tenant, [{ id, version }]);
    if (revision !== undefined) return ok(revision);
  }
  const message = `There is no version ${version} to publish: give 1 to ${expectedVersion}, the version that you expect.`;
  return err(invalidInput({ rule: 'known-version', path: '/version', message }));
}
