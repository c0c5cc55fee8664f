import type { Blueprint } from '../blueprint/blueprint.ts';
import { fingerprintOf } from '../blueprint/fingerprint.ts';
import { parseBlueprintSource, withPlaces } from '../blueprint/source.ts';
import type { Issue } from '../core/issue.ts';
import type { BlueprintDeps } from './blueprint-deps.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** What the compiler says of a text that is stored nowhere. */
export interface BlueprintValidation {
  /** Undefined when the text is no blueprint at all. */
  readonly document: Blueprint | undefined;
  readonly fingerprint: string | undefined;
  readonly issues: readonly Issue[];
}

/** Checks a blueprint without storing it: what an editor asks while somebody types. */
export const createValidateBlueprint =
  (deps: Pick<BlueprintDeps, 'findIssues'>) =>
  (viewer: Viewer, { source }: { readonly source: string }): BlueprintValidation => {
    requireScope(viewer, 'blueprints:read');
    const parsed = parseBlueprintSource(source);
    if (!parsed.ok) return { document: undefined, fingerprint: undefined, issues: parsed.error };
    const { blueprint: document, places } = parsed.value;
    return { document, fingerprint: fingerprintOf(document), issues: withPlaces(deps.findIssues(document), places) };
  };
