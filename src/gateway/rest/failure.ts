import type { BlueprintChangeError, BlueprintRecord, VersionConflict } from '../../blueprint/records.ts';
import { assertNever } from '../../core/assert-never.ts';
import type { Issue } from '../../core/issue.ts';
import type { BlueprintUseCases } from '../../use-cases/blueprint-use-cases.ts';
import type { Viewer } from '../../use-cases/viewer.ts';
import { encodeGlobalId } from '../global-id.ts';
import { RefusedError } from './refused.ts';
import type { BlueprintSummary, Conflict } from './shapes.ts';

/** Who asked for what. */
export interface Asked {
  readonly viewer: Viewer;
  readonly blueprints: BlueprintUseCases;
  /** The ID as the client gave it. */
  readonly id: string;
}

/** The expected error of a use case in the words of plain HTTP. */
export async function toRefused(error: BlueprintChangeError, asked: Asked): Promise<RefusedError> {
  const detail = inHttpWords(error.message);
  switch (error.kind) {
    case 'NotFoundError':
      // The ID of the row is none that the client knows.
      return new RefusedError('NOT_FOUND', detail.replaceAll(error.id, asked.id));
    case 'NameTakenError':
      return new RefusedError('NAME_TAKEN', detail);
    case 'InvalidInputError':
      return new RefusedError('INVALID_INPUT', detail);
    case 'InvalidBlueprintError':
      return new RefusedError('INVALID_BLUEPRINT', detail, { members: { issues: error.issues.map(inDocument) } });
    case 'VersionConflict':
      return new RefusedError('VERSION_CONFLICT', detail, { members: await toConflict(error, asked) });
    default:
      return assertNever(error);
  }
}

/** In the same words for what is not there and for what is not the viewer's. */
export const noBlueprint = (id: string): RefusedError =>
  new RefusedError('NOT_FOUND', `There is no blueprint with the ID "${id}" that you may see.`);

export const toSummary = (record: BlueprintRecord): BlueprintSummary => ({
  id: encodeGlobalId('Blueprint', record.id),
  name: record.name,
  version: record.version,
  fingerprint: record.fingerprint,
  publishedVersion: record.publishedVersion ?? null,
  createdAt: toInstant(record.createdAt),
  updatedAt: toInstant(record.updatedAt),
  archivedAt: record.archivedAt === undefined ? null : toInstant(record.archivedAt),
  deletedAt: record.deletedAt === undefined ? null : toInstant(record.deletedAt),
});

const toInstant = (ms: number): string => new Date(ms).toISOString();

const inHttpWords = (message: string): string =>
  message.replace('onConflict: MERGE', 'X-On-Conflict: merge').replace(/^expectedVersion/, 'X-Version-Lock');

/** Over plain HTTP the one edit is the document. */
const inDocument = (issue: Issue): Issue => ({ ...issue, path: issue.path.replace(/^\/edits(\/0\/\w+)?/, '') });

type ConflictMembers = Omit<Conflict, 'type' | 'title' | 'status' | 'detail' | 'code'>;

async function toConflict(
  { expectedVersion, actualVersion, mergeable, current, base, changes }: VersionConflict,
  { viewer, blueprints }: Asked,
): Promise<ConflictMembers> {
  const fingerprints = [current.fingerprint, ...(base === undefined ? [] : [base.fingerprint])];
  // Who may write and not read hears of the conflict without the documents.
  const mayRead = viewer.scopes.has('blueprints:read');
  const [theirs, started] = mayRead ? await blueprints.getContents(viewer, fingerprints) : [];
  return {
    ...{ expectedVersion, actualVersion, mergeable },
    current: { blueprint: toSummary(current), document: theirs && { ...theirs, name: current.name } },
    base: base === undefined ? null : { version: base.version, document: started && { ...started, name: base.name } },
    changes: [...changes],
  };
}
