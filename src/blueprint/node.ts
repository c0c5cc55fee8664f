import { z } from 'zod';
import type { Json } from '../core/json.ts';
import { GrantsSpec } from './grants.ts';
import { MEMORY_GUARANTEES } from './memory-guarantee.ts';
import { JsonValue } from './json-value.ts';
import { NodeName } from './node-name.ts';

/** A JSON value whose strings may hold `${ CEL }`. A string that is one `${ ... }` keeps the value's type. */
export const Template = JsonValue.meta({ description: 'A value; its strings may hold ${ CEL expressions }.' });
export type Template = Json;

/** A CEL expression. Written bare, or as one `${ ... }`. */
const Expression = z.string().min(1).max(16_384);

export const FailureReason = z.enum([
  'threw',
  'limitReached',
  'timedOut',
  'badOutput',
  'toolUnavailable',
  'agentUnavailable',
  'modelUnavailable',
  'modelRefused',
  'expressionFailed',
]);

export const RetryPolicy = z.strictObject({
  attempts: z.int().min(1).max(100).optional().describe('Tries in all, the first included. Default 1.'),
  backoff: z.enum(['fixed', 'linear', 'exponential']).optional().describe('How the delay grows. Default exponential.'),
  delayMs: z.int().min(0).max(86_400_000).optional().describe('Before the second attempt. Default 1000.'),
  maxDelayMs: z.int().min(0).max(86_400_000).optional().describe('Default 60000.'),
  jitter: z.number().min(0).max(1).optional().describe('Share of the delay that is spread. Default 0.1.'),
  on: z.array(FailureReason).min(1).optional().describe('Which failures; default: those that say they are retryable.'),
});
export type RetryPolicy = z.infer<typeof RetryPolicy>;

export const LimitsSpec = z.strictObject({
  timeoutMs: z.int().min(1).max(86_400_000).optional().describe('Of one attempt. Default 60000.'),
  cpuMs: z.int().min(1).max(864_000_000).optional().describe('CPU time of one attempt. Default twice timeoutMs.'),
  memoryBytes: z
    .int()
    .min(16_777_216)
    .max(17_179_869_184)
    .optional()
    .describe('What an attempt may need beyond an idle worker: heap and buffers. Default 256 MiB.'),
  outputBytes: z
    .int()
    .min(1)
    .max(16_777_216)
    .optional()
    .describe('Of the output as JSON, at most and by default 16 MiB.'),
});
export type LimitsSpec = z.infer<typeof LimitsSpec>;

const common = {
  description: z.string().max(4_096).optional(),
  after: z.array(NodeName).optional().describe('Nodes to wait for where no data is read.'),
  when: Expression.optional().describe('False: the node is skipped.'),
  join: z.enum(['all', 'any']).optional().describe('Default all: skipped when anything it needs was skipped.'),
  retry: RetryPolicy.optional(),
  limits: LimitsSpec.optional(),
  onFailure: z
    .union([z.enum(['fail', 'continue']), z.strictObject({ fallback: NodeName })])
    .optional()
    .describe('Default fail: ends what surrounds the node.'),
  onAbandon: z.enum(['retry', 'fail']).optional().describe('Default retry: started again when its process died.'),
};

/** Nodes by name, in a body or at the top. */
export interface NodeMap {
  readonly [name: string]: NodeSpec;
}
// An annotation that names the interface: the schema of a composite holds the schema of all nodes.
export const NodeMap: z.ZodType<NodeMap> = z.lazy(() => z.record(NodeName, NodeSpec));

const bodyShape = { nodes: NodeMap.optional(), output: Template.optional() };
/** Nodes that run inside a composite; they see the outer nodes, which see only `output`. */
export const Body = z.strictObject(bodyShape);
export type Body = z.infer<typeof Body>;

export const TransformNode = z.strictObject({ kind: z.literal('transform'), ...common, output: Template });
export const ToolNode = z.strictObject({
  kind: z.literal('tool'),
  ...common,
  tool: z.string().min(1).max(128).describe('Name of a registered tool.'),
  input: Template.optional(),
  grants: GrantsSpec.optional().describe(
    'What it asks to reach outside. It gets what its tool declares and the policy of the tenant allows of that.',
  ),
});
export const CodeNode = z.strictObject({
  kind: z.literal('code'),
  ...common,
  source: z.string().min(1).max(262_144).describe('Body of an async JavaScript function of `input`.'),
  input: Template.optional(),
});
export const LlmNode = z.strictObject({
  kind: z.literal('llm'),
  ...common,
  model: z.string().min(1).max(128).describe('Name of a registered model.'),
  system: Template.optional().describe('What the model is told first: who it is, how to answer.'),
  prompt: Template.optional().describe('What it is asked; values that are no text become JSON.'),
  messages: Template.optional().describe('In place of `prompt`: a list of { role: user | assistant, text }.'),
  outputSchema: z
    .record(z.string(), JsonValue)
    .optional()
    .describe('JSON Schema of the answer: the model answers JSON that fits it, found in `output.json`.'),
  parameters: z
    .strictObject({
      maxOutputTokens: z
        .int()
        .min(1)
        .max(1_000_000)
        .optional()
        .describe('Reasoning included. Default: what the model is registered with.'),
      temperature: z.number().min(0).max(2).optional(),
      topP: z.number().min(0).max(1).optional(),
      stop: z.array(z.string().min(1).max(256)).max(8).optional().describe('Texts at which the answer ends.'),
      seed: z.int().optional(),
    })
    .optional()
    .describe('Default: those of the provider.'),
});
const asksAgents = {
  prompt: Template.describe('What is to be done; a value that is no text becomes JSON.'),
  session: Template.optional().describe(
    'Which past its episodic memory recalls, such as a user or a conversation. Default: that of this execution alone.',
  ),
  maxTurns: z.int().min(1).max(1_000).optional().describe('Of one agent; at most and by default its own.'),
  memory: z
    .record(z.string().min(1).max(128), z.array(z.enum(MEMORY_GUARANTEES)).min(1))
    .optional()
    .describe('What this step relies on of the memories of its agents, by name: { docs: [durable, vectorised] }.'),
};
const agentName = z.string().min(1).max(64);
export const AgentNode = z.strictObject({
  kind: z.literal('agent'),
  ...common,
  agent: agentName.describe('Name of a registered agent.'),
  ...asksAgents,
  outputSchema: z
    .record(z.string(), JsonValue)
    .optional()
    .describe('JSON Schema of the answer: it answers JSON that fits it, found in `output.json`.'),
});
export const SwarmNode = z.strictObject({
  kind: z.literal('swarm'),
  ...common,
  strategy: z
    .enum(['consensus', 'hierarchical', 'marketplace'])
    .describe('All answer and vote; one leads and hands over; each offers and the best one works.'),
  agents: z.array(agentName).min(2).max(16).describe('Names of registered agents: the members.'),
  ...asksAgents,
  lead: agentName.optional().describe('Of a hierarchical swarm: the member that leads. Default: the first.'),
  quorum: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe('Of a consensus: the share of the votes that an answer needs. Default 0.6.'),
  maxRounds: z.int().min(1).max(20).optional().describe('Of a consensus, before it fails. Default 3.'),
});
export const ConditionNode = z.strictObject({
  kind: z.literal('condition'),
  ...common,
  branches: z
    .array(z.strictObject({ when: Expression, ...bodyShape }))
    .min(1)
    .max(100),
  otherwise: z.strictObject(bodyShape).optional(),
});
export const LoopNode = z.strictObject({
  kind: z.literal('loop'),
  ...common,
  items: Template.describe('The list, or one ${ ... } that gives it.'),
  as: NodeName.optional().describe('What the body calls an item. Default item.'),
  concurrency: z.int().min(1).max(1_000).optional().describe('Iterations at once. Default 1.'),
  maxIterations: z.int().min(1).max(100_000).optional().describe('Default 10000.'),
  ...bodyShape,
});
export const ParallelNode = z.strictObject({
  kind: z.literal('parallel'),
  ...common,
  branches: z.record(NodeName, Body),
  maxConcurrency: z.int().min(1).max(1_000).optional().describe('Branches at once. Default: all.'),
  merge: z
    .union([z.enum(['all', 'first']), z.strictObject({ atLeast: z.int().min(1).max(1_000) })])
    .optional()
    .describe('How many branches must succeed. Default all; the others are canceled.'),
});

/** One step. The kinds form an open union: a new kind is one more member here, one executor, one compiler entry. */
export const NodeSpec = z.discriminatedUnion('kind', [
  TransformNode,
  ToolNode,
  CodeNode,
  LlmNode,
  AgentNode,
  SwarmNode,
  ConditionNode,
  LoopNode,
  ParallelNode,
]);
export type NodeSpec = z.infer<typeof NodeSpec>;
export type NodeKind = NodeSpec['kind'];
export type NodeSpecOf<K extends NodeKind> = Extract<NodeSpec, { kind: K }>;
