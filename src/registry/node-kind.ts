import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import {
  AgentNode,
  CodeNode,
  ConditionNode,
  LlmNode,
  LoopNode,
  ParallelNode,
  SwarmNode,
  ToolNode,
  TransformNode,
  type NodeKind,
} from '../blueprint/node.ts';

/** A kind of node that this release carries out. */
export interface NodeKindDefinition {
  readonly name: NodeKind;
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
  llm: { schema: LlmNode.omit(SHOWN_APART), description: 'Asks a model once; its answer streams.' },
  agent: {
    schema: AgentNode.omit(SHOWN_APART),
    description: 'A model works on a task with tools and memories, turn by turn.',
  },
  swarm: {
    schema: SwarmNode.omit(SHOWN_APART),
    description: 'Several agents agree by votes, hand over, or offer to do the work.',
  },
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

const KINDS = Object.keys(kinds) as readonly NodeKind[]; // its keys are these

const toDefinition = (name: NodeKind): NodeKindDefinition => ({
  name,
  description: kinds[name].description,
  schema: toJsonObject(kinds[name].schema),
});

/** zod types its schemas with `undefined` members; the walk through JSON gives what really is written. */
const toJsonObject = (schema: z.ZodType): JsonObject =>
  JsonObjectShape.parse(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))));

const JsonObjectShape = z.record(z.string(), z.json());

/** Every kind. Not made at import: only who asks pays for the schemas. */
export const nodeKindDefinitions = (): readonly NodeKindDefinition[] => KINDS.map(toDefinition);
