import type { Blueprint } from '../blueprint/blueprint.ts';
import { mergeBlueprints } from '../blueprint/merge.ts';
import type { BlueprintRecord } from '../blueprint/records.ts';
import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';
import { readDocument, type BlueprintDeps } from './blueprint-deps.ts';

/** The client's document merged into the present one, or why that cannot be. */
export async function mergeIntoCurrent(
  deps: BlueprintDeps,
  {
    record,
    expectedVersion,
    yours,
  }: { readonly record: BlueprintRecord; readonly expectedVersion: number; readonly yours: Blueprint | undefined },
): Promise<Result<Blueprint, string>> {
  const { id, tenant } = record;
  const [revision] = await deps.blueprints.getRevisions(tenant, [{ id, version: expectedVersion }]);
  if (revision === undefined || yours === undefined) {
    return err(`There never was a version ${expectedVersion}, so there is nothing to merge from.`);
  }
  const base = await readDocument(deps, revision);
  const theirs = await readDocument(deps, record);
  const { merged } = mergeBlueprints({ base, yours, theirs });
  if (merged === undefined) return err('Both sides changed the same places differently: see `changes`.');
  const issue = newIssue(deps.findIssues(merged), [...deps.findIssues(theirs), ...deps.findIssues(yours)]);
  if (issue !== undefined) return err(`Together the changes have an issue that neither side has: ${issue.message}`);
  if (await isNameTaken(deps, record, merged.name)) return err(`The name "${merged.name}" is taken.`);
  return ok(merged);
}

/** An issue of the merged document that neither side has by itself. */
function newIssue(found: readonly Issue[], known: readonly Issue[]): Issue | undefined {
  const keyOf = ({ rule, path, message }: Issue): string => JSON.stringify([rule, path, message]);
  const keys = new Set(known.map(keyOf));
  return found.find((issue) => !keys.has(keyOf(issue)));
}

async function isNameTaken({ blueprints }: BlueprintDeps, record: BlueprintRecord, name: string): Promise<boolean> {
  if (name === record.name) return false;
  const other = await blueprints.findByName(record.tenant, name);
  return other !== undefined && other.id !== record.id;
}
