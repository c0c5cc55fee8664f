/** What programs import from the package: the DSL that writes blueprints, the form of a blueprint, and that of the configuration. */
export * from './builder/index.ts';
export { defineConfig } from './registry/config-file.ts';
export type { Blueprint } from './blueprint/blueprint.ts';
export type { NodeKind, NodeSpec } from './blueprint/node.ts';
