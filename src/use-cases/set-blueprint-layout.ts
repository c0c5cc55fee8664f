import type { BlueprintRecord } from '../blueprint/records.ts';
import type { InvalidInputError, NotFoundError } from '../core/errors.ts';
import type { BlueprintId } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import { err, type Result } from '../core/result.ts';
import { KIB } from '../core/units.ts';
import { auditOf } from './audit.ts';
import { invalidInput, readRow, type BlueprintDeps } from './blueprint-deps.ts';
import { requireScope, type Viewer } from './viewer.ts';

const MAX_LAYOUT_BYTES = 512 * KIB;

/** Keeps positions on a canvas: last write wins, outside version and fingerprint. */
export const createSetBlueprintLayout =
  (deps: Pick<BlueprintDeps, 'blueprints' | 'clock'>) =>
  async (
    viewer: Viewer,
    { id, layout }: { readonly id: BlueprintId; readonly layout: Json },
  ): Promise<Result<BlueprintRecord, NotFoundError | InvalidInputError>> => {
    requireScope(viewer, 'blueprints:write');
    const row = await readRow(deps, viewer, { id, expectedVersion: 0, deleted: 'hidden' });
    if (!row.ok) return row;
    const bytes = Buffer.byteLength(JSON.stringify(layout));
    if (bytes > MAX_LAYOUT_BYTES) {
      const message = `The layout has ${bytes} bytes as JSON; at most ${MAX_LAYOUT_BYTES} are kept.`;
      return err(invalidInput({ rule: 'layout-size', path: '/layout', message }));
    }
    const at = deps.clock.now();
    const audit = auditOf(viewer, 'setBlueprintLayout', { at, nounId: id, fields: ['layout'] });
    await deps.blueprints.setLayout({ tenant: viewer.tenant, id, layout, at, audit });
    return row;
  };
