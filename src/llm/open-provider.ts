import { fetchFrom } from '../egress/origin-fetch.ts';
import { createAiSdkProvider, type AiSdkProviderSettings } from './ai-sdk-provider.ts';
import type { LlmProvider } from './provider.ts';

export interface ProviderSettings {
  readonly name: string;
  /** What it speaks: OpenAI's Responses, Anthropic's Messages, or the Chat Completions that most others and local servers have. */
  readonly protocol: 'openai' | 'anthropic' | 'openai-compatible';
  /** Default: the provider's own; `openai-compatible` has none. */
  readonly baseUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  /** What the body of one answer may hold; default: 32 MiB. */
  readonly maxAnswerBytes?: number | undefined;
}

const BASE_URLS = { openai: 'https://api.openai.com/v1', anthropic: 'https://api.anthropic.com/v1' } as const;

export interface OpenProviderDeps {
  readonly now: () => Date;
  readonly reportFault: (message: string) => void;
}

/** Makes a provider; its part of the AI SDK is loaded now, and not where nobody has set one up. */
export async function openProvider(settings: ProviderSettings, deps: OpenProviderDeps): Promise<LlmProvider> {
  const { name, protocol } = settings;
  const baseURL = settings.baseUrl ?? (protocol === 'openai-compatible' ? undefined : BASE_URLS[protocol]);
  if (baseURL === undefined) throw new Error(`The provider "${name}" speaks ${protocol} and needs a baseUrl.`);
  const modelOf = await MODELS[protocol]({ name, baseURL, apiKey: settings.apiKey });
  return createAiSdkProvider({ name, fetch: fetchFrom(baseURL, settings.maxAnswerBytes), modelOf, ...deps });
}

interface Service {
  readonly name: string;
  readonly baseURL: string;
  readonly apiKey: string | undefined;
}

type OpenModels = (service: Service) => Promise<AiSdkProviderSettings['modelOf']>;

const MODELS: Readonly<Record<ProviderSettings['protocol'], OpenModels>> = {
  async openai({ name, baseURL, apiKey = '' }) {
    const { createOpenAI } = await import('@ai-sdk/openai');
    return (id, fetch) => createOpenAI({ name, baseURL, apiKey, fetch }).responses(id);
  },
  async anthropic({ name, baseURL, apiKey = '' }) {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    return (id, fetch) => createAnthropic({ name, baseURL, apiKey, fetch }).languageModel(id);
  },
  async 'openai-compatible'({ name, baseURL, apiKey }) {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    // Without `includeUsage` a stream says nothing of its tokens.
    const service = { name, baseURL, includeUsage: true, supportsStructuredOutputs: true };
    const key = apiKey === undefined ? {} : { apiKey };
    return (id, fetch) => createOpenAICompatible({ ...service, ...key, fetch }).languageModel(id);
  },
};
