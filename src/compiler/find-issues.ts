import type { Issue } from '../core/issue.ts';
import type { Blueprint } from '../blueprint/blueprint.ts';
import type { Registry } from '../registry/registry.ts';
import { edgesOf } from './edges.ts';
import { outlineOf } from './outline.ts';
import type { Rule, RuleContext } from './rule.ts';
import { RULES } from './rules/rules.ts';
import { typesOf } from './types.ts';

/** What the rules say of a blueprint: `faults` keep it from running, `warnings` do not. */
export interface FoundIssues {
  readonly faults: readonly Issue[];
  readonly warnings: readonly Issue[];
}

/** Takes a blueprint apart for the rules, once for all of them. */
export function ruleContext(document: Blueprint, registry: Registry): RuleContext {
  const outline = outlineOf(document);
  const edges = edgesOf(outline);
  return { document, registry, outline, edges, types: typesOf(outline, edges, registry) };
}

/** Asks every rule. */
export const findIssues = (context: RuleContext, rules: readonly Rule[] = RULES): FoundIssues => ({
  faults: issuesOf(context, rules, 'fault'),
  warnings: issuesOf(context, rules, 'warning'),
});

const issuesOf = (context: RuleContext, rules: readonly Rule[], severity: Rule['severity']): readonly Issue[] =>
  rules
    .filter((rule) => rule.severity === severity)
    .flatMap((rule) => rule.check(context).map((finding) => ({ rule: rule.name, ...finding })));
