import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import { JsonValue } from './json-value.ts';
import { NodeMap, Template } from './node.ts';

/** Name of a blueprint: letters, digits, `.`, `_`, `-`; unique in its tenant. */
export const BlueprintName = z
  .string()
  .max(128)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'A name starts with a letter or digit and goes on with letters, digits, . _ and -.',
  );

const JsonSchema: z.ZodType<JsonObject> = z.record(z.string(), JsonValue);

/** A blueprint as people write it, in YAML, in JSON, by the DSL or by edits. */
export const Blueprint = z.strictObject({
  name: BlueprintName,
  description: z.string().max(16_384).optional(),
  input: JsonSchema.optional().describe('JSON Schema of the input.'),
  budget: z
    .strictObject({
      maxCostUsdMicros: z.int().min(0).optional(),
      softCostUsdMicros: z.int().min(0).optional(),
      maxWallMs: z.int().min(1).optional(),
    })
    .optional(),
  nodes: NodeMap.describe('The steps, by name.'),
  output: Template.optional().describe('What the execution answers; reads the nodes.'),
});
export type Blueprint = z.infer<typeof Blueprint>;
