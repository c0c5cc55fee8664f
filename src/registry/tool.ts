import { z } from 'zod';
import { JsonValue } from '../blueprint/json-value.ts';
import { GrantHost, GrantName, MAX_GRANTS } from '../blueprint/grants.ts';
import { LimitsSpec } from '../blueprint/node.ts';
import { HOST_PORT_FORM, parseHostPort } from '../core/host-port.ts';

export const ToolName = z
  .string()
  .max(128)
  .regex(/^[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+$/, 'A tool name is like text.template.');

const DeclaredHost = GrantHost.refine((text) => parseHostPort(text) !== undefined, {
  message: `It must be ${HOST_PORT_FORM}.`,
});
const names = z.array(GrantName).max(MAX_GRANTS);

/** What a tool may be granted at most. `true`: whatever the node asks for. */
export const ToolGrants = z.strictObject({
  hosts: z.union([z.literal(true), z.array(DeclaredHost).max(MAX_GRANTS)]).optional(),
  folders: z.union([z.literal(true), names]).optional(),
  secrets: z.union([z.literal(true), names]).optional(),
  /** By name alone: whose plain text a tool gets is never left to the node. */
  reveal: names.optional(),
});
export type ToolGrants = z.infer<typeof ToolGrants>;

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
  /** What it gets is cut with what the node asks for and what the tenant's policy allows. */
  grants: ToolGrants.optional(),
});
export type ToolManifest = z.infer<typeof ToolManifest>;

/** A registered tool: its manifest and where its folder is. */
export interface ToolDefinition extends ToolManifest {
  /** Absolute. */
  readonly folder: string;
}
