import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import {
  CodeNode,
  ConditionNode,
  LoopNode,
  ParallelNode,
  ToolNode,
  TransformNode,
  type NodeKind,
} from '../blueprint/node.ts';

/** A kind of node that this release carries out. */
export interface NodeKindDefinition {
  readonly kind: NodeKind;
  readonly description: string;
  /** JSON Schema (draft 2020-12) of a node's spec: all that is written of it beside `kind` and `after`. */
  readonly schema: JsonObject;
}

/** The API shows these beside the spec, as every kind has them. */
const SHOWN_APART = { kind: true, after: true } as const;

// The mapped type lists what is missing when a kind is added to the union.
const kinds: Readonly<Record<NodeKind, { readonly schema: z.ZodType; readonly description: string }>> = {
  transform: {
    schema: TransformNode.omit(SHOWN_APART),
    description: 'Evaluates expressions; no side effect, no process.',
  },
  tool: { schema: ToolNode.omit(SHOWN_APART), description: 'Calls a registered tool in the sandbox.' },
  code: { schema: CodeNode.omit(SHOWN_APART), description: 'Runs given JavaScript in a fresh sandbox worker.' },
  condition: {
    schema: ConditionNode.omit(SHOWN_APART),
    description: 'Chooses the first of several branches whose condition holds.',
  },
  loop: {
    schema: LoopNode.omit(SHOWN_APART),
    description: 'Runs a body for each item of a list; the order of results is kept.',
  },
  parallel: {
    schema: ParallelNode.omit(SHOWN_APART),
    description: 'Runs branches side by side and waits for all, the first, or n.',
  },
};

const toDefinition = (kind: NodeKind): NodeKindDefinition => ({
  kind,
  description: kinds[kind].description,
  schema: toJsonObject(kinds[kind].schema),
});

/** zod types its schemas with `undefined` members; the walk through JSON gives what really is written. */
const toJsonObject = (schema: z.ZodType): JsonObject =>
  JsonObjectShape.parse(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))));

const JsonObjectShape = z.record(z.string(), z.json());

/** Every kind, in the order in which a newcomer meets them. Not made at import: only who asks pays for the schemas. */
export const nodeKindDefinitions = (): readonly NodeKindDefinition[] =>
  (['transform', 'tool', 'code', 'condition', 'loop', 'parallel'] as const satisfies readonly NodeKind[]).map(
    toDefinition,
  );
