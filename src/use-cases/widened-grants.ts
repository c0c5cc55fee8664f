import type { Blueprint } from '../blueprint/blueprint.ts';
import { widenedGrants } from '../blueprint/asked-grants.ts';
import { ForbiddenError, type Viewer } from './viewer.ts';

const MAX_SHOWN = 5;

/**
 * Refuses what lets tools reach more than the published version does, unless the viewer may give grants: whoever edits
 * a blueprint could otherwise send what the tenant's policy keeps for another one.
 */
export function requireUnwidened(
  viewer: Viewer,
  { what, published, wanted }: { readonly what: string } & Versions,
): void {
  const widened = viewer.scopes.has('grants:write') ? [] : widenedGrants(published, wanted);
  if (widened.length === 0) return;
  const more = widened.length > MAX_SHOWN ? ` and ${widened.length - MAX_SHOWN} more` : '';
  throw new ForbiddenError(
    'grants:write',
    `${what} asks for more than what is published: ${widened.slice(0, MAX_SHOWN).join('; ')}${more}. This needs the scope grants:write: let somebody who has it publish that version.`,
  );
}

interface Versions {
  /** Undefined: nothing is published, so each grant is new. */
  readonly published: Blueprint | undefined;
  readonly wanted: Blueprint;
}
