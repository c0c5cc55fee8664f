import { fingerprintOf } from '../blueprint/fingerprint.ts';
import { parseBlueprintSource } from '../blueprint/source.ts';
import type { BlueprintRecord } from '../blueprint/records.ts';
import type { InvalidBlueprintError, NameTakenError } from '../core/errors.ts';
import { BlueprintId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import { auditOf } from './audit.ts';
import { invalidBlueprint, nameTaken, type BlueprintDeps } from './blueprint-deps.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** Stores a new blueprint from its text. What the compiler finds does not hinder: it is saved, but not published. */
export const createCreateBlueprint =
  (deps: BlueprintDeps) =>
  async (
    viewer: Viewer,
    { source }: { readonly source: string },
  ): Promise<Result<BlueprintRecord, InvalidBlueprintError | NameTakenError>> => {
    requireScope(viewer, 'blueprints:write');
    const parsed = parseBlueprintSource(source);
    if (!parsed.ok) return err(invalidBlueprint(parsed.error, 'The blueprint was not created'));
    const { blueprint: document } = parsed.value;
    const at = deps.clock.now();
    const newId = BlueprintId.parse(deps.newId());
    const answer = await deps.blueprints.insert({
      id: newId,
      tenant: viewer.tenant,
      document,
      fingerprint: fingerprintOf(document),
      at,
      by: viewer.subject,
      audit: auditOf(viewer, 'createBlueprint', { at, nounId: newId, fields: ['document', 'name'] }),
    });
    if (answer.type === 'nameTaken') return err(nameTaken(document.name));
    const { tenant, id, version } = answer.record;
    deps.onBlueprintChanged({ tenant, id, version });
    return ok(answer.record);
  };
