import type { Issue } from '../core/issue.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Blueprint } from '../blueprint/blueprint.ts';
import { fingerprintOf } from '../blueprint/fingerprint.ts';
import type { Plan } from '../blueprint/plan.ts';
import type { SourceMap } from '../blueprint/source-text.ts';
import { withPlaces } from '../blueprint/source.ts';
import type { Registry } from '../registry/registry.ts';
import { findIssues, ruleContext } from './find-issues.ts';
import { planOf } from './to-plan.ts';

/** A sound blueprint: what is run, and what its author should look at all the same. */
export interface Compiled {
  readonly plan: Plan;
  readonly warnings: readonly Issue[];
}

export interface CompileOptions {
  /** Where the parts of the document stand in its text: gives issues a line and a column. */
  readonly places?: SourceMap;
}

/** Checks a blueprint by all rules and makes its plan, or says everything that is wrong with it. Drafts are no exception. */
export function compile(
  document: Blueprint,
  registry: Registry,
  { places }: CompileOptions = {},
): Result<Compiled, readonly Issue[]> {
  const context = ruleContext(document, registry);
  const { faults, warnings } = findIssues(context);
  const placed = (issues: readonly Issue[]): readonly Issue[] =>
    places === undefined ? issues : withPlaces(issues, places);
  if (faults.length > 0) return err(placed(faults));
  return ok({ plan: planOf(context.outline, fingerprintOf(document), context.edges), warnings: placed(warnings) });
}
