import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import { JsonValue } from './json-value.ts';
import type { NodeSpecOf } from './node.ts';

/** What an `llm` node asks its model, evaluated. */
export const ModelAsk = z.strictObject({
  system: JsonValue.optional(),
  prompt: JsonValue.optional(),
  messages: z
    .array(z.strictObject({ role: z.enum(['user', 'assistant']), text: z.string() }))
    .min(1)
    .max(1_000)
    .optional(),
});
export type ModelAsk = z.infer<typeof ModelAsk>;

/** The members of it that were written, as one template. */
export const modelAskOf = ({ system, prompt, messages }: NodeSpecOf<'llm'>): JsonObject => ({
  ...(system !== undefined && { system }),
  ...(prompt !== undefined && { prompt }),
  ...(messages !== undefined && { messages }),
});

/** What an `agent` or `swarm` node asks, evaluated. */
export const AgentAsk = z.strictObject({ prompt: JsonValue, session: JsonValue.optional() });
export type AgentAsk = z.infer<typeof AgentAsk>;

/** The members of it that were written, as one template. */
export const agentAskOf = ({ prompt, session }: NodeSpecOf<'agent' | 'swarm'>): JsonObject => ({
  prompt,
  ...(session !== undefined && { session }),
});
