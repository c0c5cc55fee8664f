/** What programs import from the package: the DSL that writes blueprints, and the form of a blueprint. */
export * from './builder/index.ts';
export type { Blueprint } from './blueprint/blueprint.ts';
export type { NodeKind, NodeSpec } from './blueprint/node.ts';
