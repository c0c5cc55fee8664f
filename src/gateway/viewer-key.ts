import type { Viewer } from '../use-cases/viewer.ts';

/**
 * Under which a viewer is counted: a subject of a tenant, by one kind of credential. A token whose issuer lets people choose
 * their names must not use up what the API key of that name may ask. Rotated keys and fresh tokens count on where the ones
 * before them were.
 */
export const viewerKey = ({ tenant, subject, credential }: Viewer): string =>
  `${tenant}:${credential?.kind ?? ''}:${subject}`;
