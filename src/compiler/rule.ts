import type { Blueprint } from '../blueprint/blueprint.ts';
import type { TemplateFault } from '../expression/template.ts';
import type { Registry } from '../registry/registry.ts';
import type { Edges } from './edges.ts';
import type { NodeOutline, Outline, Site } from './outline.ts';
import type { Types } from './types.ts';

/** What a rule may look at: the blueprint as written, and what was made of it once for all rules. */
export interface RuleContext {
  readonly document: Blueprint;
  readonly registry: Registry;
  readonly outline: Outline;
  readonly edges: Edges;
  readonly types: Types;
}

/** One fault that a rule found; `compile` adds the rule's name and the place in the source. */
export interface Finding {
  /** JSON Pointer (RFC 6901) into the document. */
  readonly path: string;
  /** What is wrong, with which thing, and what to do. */
  readonly message: string;
}

/** One thing that must hold for every blueprint. A `fault` keeps it from running, a `warning` does not. */
export interface Rule {
  readonly name: string;
  readonly severity: 'fault' | 'warning';
  check(context: RuleContext): readonly Finding[];
}

/** Who evaluates a site, as the beginning of a sentence. */
export function subjectOf({ owner, scope }: Site): string {
  if (owner !== undefined) return `Node "${owner.name}"`;
  return scope.parent === undefined ? 'The output of the blueprint' : `The output in "${scope.parent.name}"`;
}

/** A fault of the expression language, at its place in the document. */
export const expressionFinding = (site: Site, fault: TemplateFault): Finding => ({
  path: site.pointer + fault.pointer,
  message: `In "${shortened(fault.expression)}": ${fault.message}`,
});

/** A place of a type in the document: "/-" stands for every item of a list, so the list is the nearest place. */
export const nearestPlace = (pointer: string): string => pointer.replace(/\/-(\/.*)?$/, '');

const MAX_SHOWN = 80;
const shortened = (text: string): string => (text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 3)}...`);

/** The names by which a message shows a chain of nodes. */
export const chainOf = (nodes: readonly Pick<NodeOutline, 'name'>[]): string =>
  nodes.map(({ name }) => name).join(' -> ');
