export { blueprint, shape } from './blueprint-builder.ts';
export { cel, text, type Expr, type Ref, type TemplateValue } from './references.ts';
export type { FromSchema } from './schema-type.ts';
export type { BlueprintBuilder, BodyBuilder, BranchBuilder, FinishedBlueprint, NodeOptions } from './steps.ts';
export type { ToolTypes } from './tool-types.ts';
