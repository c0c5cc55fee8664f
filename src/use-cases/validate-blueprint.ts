import type { Blueprint } from '../blueprint/blueprint.ts';
import { fingerprintOf } from '../blueprint/fingerprint.ts';
import { parseBlueprintSource, withPlaces } from '../blueprint/source.ts';
import type { Examined } from '../compiler/examine.ts';
import type { BlueprintDeps } from './blueprint-deps.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** What the compiler says of a text that is stored nowhere. */
export interface BlueprintValidation extends Examined {
  /** Undefined when the text is no blueprint at all. */
  readonly document: Blueprint | undefined;
  readonly fingerprint: string | undefined;
}

/** Checks a blueprint without storing it: what an editor asks while somebody types. */
export const createValidateBlueprint =
  (deps: Pick<BlueprintDeps, 'examine'>) =>
  (viewer: Viewer, { source }: { readonly source: string }): BlueprintValidation => {
    requireScope(viewer, 'blueprints:read');
    const parsed = parseBlueprintSource(source);
    if (!parsed.ok) {
      const unread = { document: undefined, fingerprint: undefined, estimate: undefined };
      return { ...unread, issues: parsed.error, warnings: [] };
    }
    const { blueprint: document, places } = parsed.value;
    const { issues, warnings, estimate } = deps.examine(document);
    return {
      ...{ document, fingerprint: fingerprintOf(document), estimate },
      issues: withPlaces(issues, places),
      warnings: withPlaces(warnings, places),
    };
  };
