import type { Blueprint } from '../blueprint/blueprint.ts';
import { applyEdits, MAX_EDITS, type BlueprintEdit } from '../blueprint/edits.ts';
import { fingerprintOf } from '../blueprint/fingerprint.ts';
import type { BlueprintChangeError, BlueprintRecord, RevisionChange } from '../blueprint/records.ts';
import { assertNever } from '../core/assert-never.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { BlueprintChange } from '../store/blueprint-store.ts';
import {
  invalidBlueprint,
  invalidInput,
  nameTaken,
  noBlueprint,
  readDocument,
  readRow,
  type BlueprintDeps,
  type ChangedBlueprint,
  type VersionLock,
} from './blueprint-deps.ts';
import { writeChange } from './change-blueprint.ts';
import { mergeIntoCurrent } from './merge-blueprint.ts';
import { versionConflict } from './version-conflict.ts';
import { requireScope, type Viewer } from './viewer.ts';

export const ON_CONFLICT = ['reject', 'merge'] as const;
export type OnConflict = (typeof ON_CONFLICT)[number];

export interface UpdateBlueprintInput extends VersionLock {
  readonly onConflict: OnConflict;
  /** In order, all or none, as one version; 1 to 1,000. */
  readonly edits: readonly BlueprintEdit[];
}

type Answer = Result<ChangedBlueprint, BlueprintChangeError>;

/**
 * Each lost round means that somebody else has won it, so a writer among n loses at most n - 1 of them. The contract
 * promises 20.
 */
const MAX_TRIES = 100;

/** Every edit of content and name goes through here. */
export const createUpdateBlueprint =
  (deps: BlueprintDeps) =>
  async (viewer: Viewer, input: UpdateBlueprintInput): Promise<Answer> => {
    requireScope(viewer, 'blueprints:write');
    if (input.edits.length < 1 || input.edits.length > MAX_EDITS) {
      const message = `There are ${input.edits.length} edits; give 1 to ${MAX_EDITS}.`;
      return err(invalidInput({ rule: 'edit-count', path: '/edits', message }));
    }
    const row = await readRow(deps, viewer, { ...input, deleted: 'hidden' });
    if (!row.ok) return row;
    const yours = await readYours(deps, row.value, input);
    if (yours !== undefined && !yours.ok) return err(invalidBlueprint(yours.error, 'Nothing was changed'));
    let record = row.value;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const next = await step(deps, viewer, { input, record, yours: yours?.value });
      if ('answer' in next) return next.answer;
      record = next.record;
    }
    const reason = `Others wrote first ${MAX_TRIES} times in a row. Send it again.`;
    const { expectedVersion } = input;
    return err(await versionConflict(deps, record, { expectedVersion, yours: yours?.value, mergeable: true, reason }));
  };

interface Attempt {
  readonly input: UpdateBlueprintInput;
  /** The row as it is now. */
  readonly record: BlueprintRecord;
  /** The document as the client wants it; undefined when it started from a version that never was. */
  readonly yours: Blueprint | undefined;
}

/** One round: the final answer, or the row that somebody else wrote meanwhile. */
async function step(
  deps: BlueprintDeps,
  viewer: Viewer,
  attempt: Attempt,
): Promise<{ readonly answer: Answer } | { readonly record: BlueprintRecord }> {
  const { input, record, yours } = attempt;
  if (record.deletedAt !== undefined) return { answer: err(goneMeanwhile(record)) };
  if (await isNoOp(deps, attempt)) return { answer: ok({ blueprint: record, outcome: 'unchanged' }) };
  const stale = input.expectedVersion !== record.version;
  const merged = stale
    ? await mergeIntoCurrent(deps, { ...attempt, expectedVersion: input.expectedVersion })
    : undefined;
  if (merged !== undefined && (input.onConflict === 'reject' || !merged.ok)) {
    const { expectedVersion } = input;
    const reason = merged.ok ? undefined : merged.error;
    return {
      answer: err(await versionConflict(deps, record, { expectedVersion, yours, mergeable: merged.ok, reason })),
    };
  }
  const wanted = merged?.ok === true ? merged.value : yours;
  if (wanted === undefined) throw new Error('A version that is there has no content.');
  const set = toSet(record, wanted);
  if (set === undefined) return { answer: ok({ blueprint: record, outcome: 'unchanged' }) };
  const change: RevisionChange = stale ? 'merged' : set.content === undefined ? 'renamed' : 'edited';
  const written = await writeChange(deps, viewer, { record, set, change });
  switch (written.type) {
    case 'written':
      if (stale) deps.onVersionConflict?.('merged');
      return { answer: ok({ blueprint: written.record, outcome: stale ? 'merged' : 'applied' }) };
    case 'stale':
      return { record: written.record };
    case 'nameTaken':
      return { answer: err(nameTaken(wanted.name)) };
    case 'notFound':
      return { answer: err(noBlueprint(record.id)) };
    default:
      return assertNever(written);
  }
}

/** Applies the edits to what the client started from; undefined when there never was such a version. */
async function readYours(
  deps: BlueprintDeps,
  record: BlueprintRecord,
  { id, expectedVersion, edits }: UpdateBlueprintInput,
): Promise<ReturnType<typeof applyEdits> | undefined> {
  if (expectedVersion === record.version) return applyEdits(await readDocument(deps, record), edits);
  const [base] = await deps.blueprints.getRevisions(record.tenant, [{ id, version: expectedVersion }]);
  return base === undefined ? undefined : applyEdits(await readDocument(deps, base), edits);
}

/**
 * True when the row is already as the client wants it: its document is the one that the client asked for, or the edits
 * find nothing to do on it. So a lost answer may be asked for again, also after others went on.
 */
async function isNoOp(deps: BlueprintDeps, { input, record, yours }: Attempt): Promise<boolean> {
  if (yours !== undefined && toSet(record, yours) === undefined) return true;
  if (input.expectedVersion === record.version) return false;
  const again = applyEdits(await readDocument(deps, record), input.edits);
  return again.ok && toSet(record, again.value) === undefined;
}

/** What differs between the row and the wanted document; undefined: nothing does. */
function toSet(record: BlueprintRecord, document: Blueprint): BlueprintChange | undefined {
  const fingerprint = fingerprintOf(document);
  const renamed = document.name !== record.name;
  const edited = fingerprint !== record.fingerprint;
  if (!renamed && !edited) return undefined;
  return {
    ...(renamed ? { name: document.name } : {}),
    ...(edited ? { content: { fingerprint, document } } : {}),
  };
}

const goneMeanwhile = ({ id, name }: BlueprintRecord): BlueprintChangeError => ({
  kind: 'NotFoundError',
  id,
  message: `Blueprint "${name}" was deleted meanwhile. Restore it first (restoreBlueprint).`,
});
