import { expressionFinding, type Rule } from '../rule.ts';
import { referenceFindings } from './known-references.ts';

/** Expressions fit the types of what they read; where a reference is wrong already, its types say nothing. */
export const expressionTypes: Rule = {
  name: 'expression-types',
  severity: 'fault',
  check: (context) =>
    context.outline.sites
      .filter((site) => referenceFindings(context, site).length === 0)
      .flatMap((site) => context.types.at(site).faults.map((fault) => expressionFinding(site, fault))),
};
