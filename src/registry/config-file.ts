import { z } from 'zod';
import type { Json } from '../core/json.ts';
import { AgentEntry, AgentName } from './agent.ts';
import { MemoryEntry, MemoryName } from './memory.ts';
import { ModelEntry, ModelName } from './model.ts';

const bounds = {
  /** Calls at once; further ones wait. */
  concurrency: z.int().min(1).max(10_000).default(16),
  /** For one call, from the moment that it is sent. */
  timeoutMs: z.int().min(1).max(3_600_000).default(120_000),
  /** Calls that begin within any minute; further ones wait. Default: not bounded. */
  requestsPerMinute: z.int().min(1).max(1_000_000).optional(),
  /** Tokens of the calls that begin within any minute, read and written; further ones wait. Default: not bounded. */
  tokensPerMinute: z.int().min(1).max(1_000_000_000).optional(),
};

/** A service that speaks one of the protocols of models. */
export const RemoteProvider = z.strictObject({
  protocol: z.enum(['openai', 'anthropic', 'openai-compatible']),
  /** Default: the provider's own; `openai-compatible` has none. */
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .refine((url) => new URL(url).username === '' && new URL(url).password === '', {
      message: 'must hold no user and no password, which errors would show; use apiKey',
    })
    .optional(),
  apiKey: z.string().min(1).optional(),
  /** The provider's name in the price catalog. Default: the protocol. */
  catalog: z.string().min(1).max(128).optional(),
  ...bounds,
});

/** What a scripted model is asked: the messages so far, and the names of the tools that it may call. */
export interface ScriptedRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly text: string }[];
  readonly tools: readonly string[];
}
export interface ScriptedAnswer {
  readonly text?: string;
  readonly toolCalls?: readonly { readonly name: string; readonly input: Json }[];
}

/** No service: a function of the configuration answers. For examples and tests without a network. */
export const ScriptedProvider = z.strictObject({
  protocol: z.literal('scripted'),
  answer: z.custom<(request: ScriptedRequest) => ScriptedAnswer>((value) => typeof value === 'function', {
    message: 'must be a function of the request',
  }),
  /** Between two words of an answer, so that it can be watched. */
  wordDelayMs: z.int().min(0).max(10_000).default(0),
  ...bounds,
});

/** No service: the model of embeddings that is part of the installation. */
export const LocalProvider = z.strictObject({ protocol: z.literal('local'), ...bounds });

export const ProviderEntry = z.discriminatedUnion('protocol', [RemoteProvider, ScriptedProvider, LocalProvider]);
export type ProviderEntry = z.infer<typeof ProviderEntry>;

/** What `iceos.config.ts` exports: what blueprints may refer to, beside tools. */
export const ConfigFile = z.strictObject({
  providers: z.record(z.string().min(1).max(128), ProviderEntry).default({}),
  models: z.record(ModelName, ModelEntry).default({}),
  memories: z.record(MemoryName, MemoryEntry).default({}),
  agents: z.record(AgentName, AgentEntry).default({}),
});
export type ConfigFile = z.infer<typeof ConfigFile>;

/** The configuration as it is written; gives editors its type, and changes nothing. */
export const defineConfig = (config: z.input<typeof ConfigFile>): z.input<typeof ConfigFile> => config;
