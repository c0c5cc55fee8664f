import { z } from 'zod';
import { JsonValue } from '../blueprint/json-value.ts';
import { LimitsSpec } from '../blueprint/node.ts';

export const ToolName = z
  .string()
  .max(128)
  .regex(/^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+$/, 'A tool name is like text.template.');

/** `tool.json`: what a tool is, without its code. The server reads it and never imports the code beside it. */
export const ToolManifest = z.strictObject({
  name: ToolName,
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  description: z.string().min(1),
  /** File in the tool's folder that exports `run(input, context)`, or what `runtime` runs. */
  entry: z.string(),
  /** Interpreter of a tool in another language, by the operator's name (ICEOS_SHELL_INTERPRETERS): `sh`, `python3`. */
  runtime: z
    .string()
    .max(64)
    .regex(/^[a-z][a-z0-9._-]*$/, 'An interpreter has a name like sh or python3.')
    .optional(),
  input: z.record(z.string(), JsonValue),
  output: z.record(z.string(), JsonValue),
  limits: LimitsSpec.optional(),
  /** What the tool asks for; what it gets is cut with what the operator allows. */
  grants: z.strictObject({ folders: z.boolean().optional(), hosts: z.boolean().optional() }).optional(),
});
export type ToolManifest = z.infer<typeof ToolManifest>;

/** A registered tool: its manifest and where its folder is. */
export interface ToolDefinition extends ToolManifest {
  /** Absolute. */
  readonly folder: string;
}
