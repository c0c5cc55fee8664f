import { z } from 'zod';
import { GrantsSpec } from '../blueprint/grants.ts';
import { MemoryName } from './memory.ts';
import { ModelName } from './model.ts';
import { ToolName } from './tool.ts';

/** Names of agents, as blueprints say them: `researcher`, `code-reviewer`. */
export const AgentName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_-]*$/, 'An agent has a name like researcher or code-reviewer.');

/** A model with instructions, tools, memories and a limit of turns. */
export const AgentEntry = z.strictObject({
  /** Executions pin it when they start: raise it whenever the agent changes. */
  version: z.string().regex(/^\d+\.\d+\.\d+$/, 'A version is like 1.0.0.'),
  description: z.string().max(4_096).optional(),
  /** A registered model that answers in text. */
  model: ModelName,
  /** What it is told first: who it is, how to work, when to stop. */
  instructions: z.string().min(1).max(262_144),
  /** Registered tools that it may call, and no others. */
  tools: z.array(ToolName).max(64).default([]),
  /** What its tools may ask to reach. Each gets what it declares and the tenant's policy allows of that, whatever a model says. */
  grants: GrantsSpec.optional(),
  /** Registered memories, at most one of each kind. */
  memories: z.array(MemoryName).max(3).default([]),
  /** Calls of the model in one attempt; a node may ask for fewer. */
  maxTurns: z.int().min(1).max(1_000).default(16),
  /** Of one answer. Default: what the model is registered with. */
  maxOutputTokens: z.int().min(1).max(1_000_000).optional(),
  temperature: z.number().min(0).max(2).optional(),
});

/** Calls of one turn; further ones are not made, and the model is not told that it asked. */
export const MAX_CALLS_PER_TURN = 32;

/** A registered agent. */
export type AgentDefinition = z.infer<typeof AgentEntry> & { readonly name: string };
