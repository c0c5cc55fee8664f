import { BlueprintId } from '../../core/ids.ts';
import type { NotFoundError } from '../../core/errors.ts';
import type { Result } from '../../core/result.ts';
import { localId } from '../global-id.ts';

/** The blueprint that a global ID names, or undefined when it names none. */
export function toBlueprintId(globalId: string): BlueprintId | undefined {
  return toLocalBlueprintId(localId('Blueprint', globalId));
}

/** The local part of a blueprint's ID, parsed. */
export function toLocalBlueprintId(id: string | undefined): BlueprintId | undefined {
  const parsed = BlueprintId.safeParse(id);
  return parsed.success ? parsed.data : undefined;
}

/** `<blueprint>:<version>`, the local part of a revision's ID. */
export const revisionLocalId = (key: { readonly blueprintId: string; readonly version: number }): string =>
  `${key.blueprintId}:${key.version}`;

/** The blueprint and version in the local part of a revision's ID. */
export function parseRevisionLocalId(id: string): { readonly id: BlueprintId; readonly version: number } | undefined {
  const [blueprint, version = ''] = id.split(':');
  const parsed = BlueprintId.safeParse(blueprint);
  return parsed.success && /^\d{1,9}$/.test(version) ? { id: parsed.data, version: Number(version) } : undefined;
}

/** The answer for an ID that is none of ours; the same words as for one that is not the viewer's. */
export const notFound = (noun: string, globalId: string): NotFoundError => ({
  kind: 'NotFoundError',
  id: globalId,
  message: `There is no ${noun} with the ID "${globalId}" that you may see.`,
});

/** What a use case answered, as the member of a result union; a missing thing has the ID that the client gave. */
export function answerFor<T, E extends { readonly kind: string }>(result: Result<T, E>, globalId: string): T | E {
  if (result.ok) return result.value;
  return isNotFound(result.error) ? inTheirWords(result.error, globalId) : result.error;
}

const isNotFound = <E extends { readonly kind: string }>(error: E): error is E & NotFoundError =>
  error.kind === 'NotFoundError';

const inTheirWords = <E extends NotFoundError>(error: E, globalId: string): E => ({
  ...error,
  id: globalId,
  message: error.message.replaceAll(error.id, globalId),
});
