import type { BlueprintEdit } from '../../blueprint/edits.ts';
import type { BlueprintChangeError } from '../../blueprint/records.ts';
import { parseSource } from '../../blueprint/source.ts';
import type { BlueprintId } from '../../core/ids.ts';
import type { Result } from '../../core/result.ts';
import type { ChangedBlueprint as Changed } from '../../use-cases/blueprint-deps.ts';
import { toBlueprintId } from '../schema/ids.ts';
import { JSON_TYPE, MERGE_PATCH_TYPE, YAML_TYPE, jsonBody, type Answer } from './answer.ts';
import { noBlueprint, toRefused, toSummary, type Asked } from './failure.ts';
import { BLUEPRINTS, versionHeaders } from './read-routes.ts';
import { RefusedError } from './refused.ts';
import type { Call, LockedCall, Route } from './route.ts';
import { ChangedBlueprint, Document, MergePatch, PublishBody } from './shapes.ts';

async function createBlueprint(call: Call): Promise<Answer> {
  const { viewer, blueprints, body: source } = call;
  const created = await blueprints.createBlueprint(viewer, { source });
  if (!created.ok) throw await toRefused(created.error, call);
  const answer = changed({ blueprint: created.value, outcome: 'applied' });
  const location = answer.headers?.['content-location'] ?? '';
  return { ...answer, status: 201, headers: { ...answer.headers, location } };
}

const replaceBlueprint = (call: LockedCall): Promise<Answer> => update(call, { replace: call.body });

async function patchBlueprint(call: LockedCall): Promise<Answer> {
  const patch = parseSource(call.body);
  if (patch.ok) return update(call, { patch: patch.value.document });
  const [issue] = patch.error;
  throw new RefusedError('INVALID_INPUT', `The patch cannot be read: ${issue?.message ?? ''}`, {
    members: { issues: patch.error },
  });
}

const update = (call: LockedCall, edit: BlueprintEdit): Promise<Answer> =>
  changing(call, (id) => {
    const { expectedVersion, onConflict } = call;
    return call.blueprints.updateBlueprint(call.viewer, { id, expectedVersion, onConflict, edits: [edit] });
  });

const deleteBlueprint = (call: LockedCall): Promise<Answer> =>
  changing(call, (id) => call.blueprints.deleteBlueprint(call.viewer, { id, expectedVersion: call.expectedVersion }));

async function publishBlueprint(call: LockedCall): Promise<Answer> {
  const parsed = PublishBody.safeParse(call.body === '' ? {} : parseJson(call.body));
  if (!parsed.success) {
    const message = 'The body must be like { "version": 3 }, or left out.';
    throw new RefusedError('INVALID_INPUT', message);
  }
  const { version } = parsed.data;
  const { viewer, expectedVersion } = call;
  return changing(call, (id) => call.blueprints.publishBlueprint(viewer, { id, expectedVersion, version }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RefusedError('BAD_REQUEST', 'The body is no JSON.');
  }
}

/**
 * By ID alone: a name may have gone over to another blueprint that is at the same version, and then the lock would hold
 * for something that the client has never seen.
 */
async function changing(
  asked: Asked,
  change: (id: BlueprintId) => Promise<Result<Changed, BlueprintChangeError>>,
): Promise<Answer> {
  const id = toBlueprintId(asked.id);
  if (id === undefined) throw noBlueprint(asked.id);
  const result = await change(id);
  if (!result.ok) throw await toRefused(result.error, asked);
  return changed(result.value);
}

/** RFC 9110 (9.3.4): without an ETag, as the document is not stored byte by byte as it was sent. */
function changed({ outcome, blueprint }: Changed): Answer {
  const value: ChangedBlueprint = { outcome, blueprint: toSummary(blueprint) };
  return { status: 200, headers: versionHeaders(blueprint), body: jsonBody(value) };
}

const CHANGED = {
  types: [JSON_TYPE],
  shape: ChangedBlueprint,
  headers: ['X-Version-Lock', 'Content-Location'],
};
const DONE = { 200: { description: 'Accepted; `outcome` says how.', ...CHANGED } };
const LOCK_PROBLEMS = ['NOT_FOUND', 'VERSION_CONFLICT', 'INVALID_INPUT', 'VERSION_LOCK_REQUIRED'] as const;
const BODY_PROBLEMS = ['TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'INVALID_BLUEPRINT'] as const;
const DOCUMENT = { types: [JSON_TYPE, YAML_TYPE], shape: Document, required: true };

export const WRITE_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: BLUEPRINTS,
    operationId: 'createBlueprint',
    summary: 'Stores a new blueprint. Issues keep it from being published, not from being saved.',
    rootField: 'createBlueprint',
    lock: 'new',
    body: DOCUMENT,
    answers: {
      201: { description: 'Stored.', ...CHANGED, headers: [...CHANGED.headers, 'Location'] },
    },
    problems: ['NAME_TAKEN', 'VERSION_LOCK_REQUIRED', ...BODY_PROBLEMS],
    answer: createBlueprint,
  },
  {
    method: 'PUT',
    path: `${BLUEPRINTS}/{id}`,
    operationId: 'replaceBlueprint',
    summary: 'Replaces the whole document. Another name in it renames the blueprint.',
    rootField: 'updateBlueprint',
    lock: 'version',
    mayMerge: true,
    body: DOCUMENT,
    answers: DONE,
    problems: ['NAME_TAKEN', ...LOCK_PROBLEMS, ...BODY_PROBLEMS],
    answer: replaceBlueprint,
  },
  {
    method: 'PATCH',
    path: `${BLUEPRINTS}/{id}`,
    operationId: 'patchBlueprint',
    summary: 'Changes parts of the document by JSON Merge Patch (RFC 7396): null removes.',
    rootField: 'updateBlueprint',
    lock: 'version',
    mayMerge: true,
    body: { types: [MERGE_PATCH_TYPE], shape: MergePatch, required: true },
    answers: DONE,
    problems: ['NAME_TAKEN', ...LOCK_PROBLEMS, ...BODY_PROBLEMS],
    answer: patchBlueprint,
  },
  {
    method: 'DELETE',
    path: `${BLUEPRINTS}/{id}`,
    operationId: 'deleteBlueprint',
    summary: 'Leaves a tombstone: the name is free again, and executions keep their revision.',
    rootField: 'deleteBlueprint',
    lock: 'version',
    answers: DONE,
    problems: LOCK_PROBLEMS,
    answer: deleteBlueprint,
  },
  {
    method: 'POST',
    path: `${BLUEPRINTS}/{id}/publish`,
    operationId: 'publishBlueprint',
    summary: 'Makes a version the one that runs when none is named.',
    rootField: 'publishBlueprint',
    lock: 'version',
    body: { types: [JSON_TYPE], shape: PublishBody, required: false },
    answers: DONE,
    problems: [...LOCK_PROBLEMS, ...BODY_PROBLEMS],
    answer: publishBlueprint,
  },
];
