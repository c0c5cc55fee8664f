import { expressionFinding, type Rule } from '../rule.ts';

/** Every `${ ... }` and every condition is CEL. */
export const expressionSyntax: Rule = {
  name: 'expression-syntax',
  severity: 'fault',
  check: ({ outline }) =>
    outline.sites.flatMap((site) =>
      site.parsed.ok ? [] : site.parsed.error.map((fault) => expressionFinding(site, fault)),
    ),
};
