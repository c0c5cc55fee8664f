import { fetchFrom } from '../egress/origin-fetch.ts';
import { createAiSdkEmbeddingProvider, type AiSdkEmbeddingProviderSettings } from './ai-sdk-embedding-provider.ts';
import { createAiSdkProvider, type AiSdkProviderSettings } from './ai-sdk-provider.ts';
import { DEFAULT_EMBEDDING_LIMITS, type EmbeddingLimits, type EmbeddingProvider } from './embedding.ts';
import { err, type Result } from '../core/result.ts';
import type { LlmProvider, ModelFailure } from './provider.ts';

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
  /** The W3C trace context of the call that is made now, which goes out with its request. */
  readonly traceparent?: (() => string | undefined) | undefined;
}

/** Makes a provider; its part of the AI SDK is loaded now, and not where nobody has set one up. */
export async function openProvider(settings: ProviderSettings, deps: OpenProviderDeps): Promise<LlmProvider> {
  const service = serviceOf(settings);
  const fault = keyFault(settings);
  if (fault !== undefined) return { name: settings.name, call: async () => err(fault) };
  const modelOf = await MODELS[settings.protocol](service);
  const fetch = withTraceparent(fetchFrom(service.baseURL, settings.maxAnswerBytes), deps.traceparent);
  const provider = createAiSdkProvider({ name: settings.name, fetch, modelOf, ...deps });
  const hide = hideKey(settings.apiKey);
  return { ...provider, call: async (request, options) => hide(await provider.call(request, options)) };
}

export interface EmbeddingProviderSettings extends ProviderSettings {
  /** Default: 64 texts in one call, 8,192 characters in one text. */
  readonly limits?: Partial<EmbeddingLimits> | undefined;
}

/** The same for embeddings, which not all protocols have. */
export async function openEmbeddingProvider(
  settings: EmbeddingProviderSettings,
  deps: OpenProviderDeps,
): Promise<EmbeddingProvider> {
  const { name, protocol, maxAnswerBytes } = settings;
  if (protocol === 'anthropic')
    throw new Error(
      `The provider "${name}" speaks anthropic, which has no embeddings: use one that speaks openai or openai-compatible.`,
    );
  const service = serviceOf(settings);
  const fault = keyFault(settings);
  if (fault !== undefined) return { name, embed: async () => err(fault) };
  const modelOf = await EMBEDDING_MODELS[protocol](service);
  const limits = { ...DEFAULT_EMBEDDING_LIMITS, ...settings.limits };
  const provider = createAiSdkEmbeddingProvider({
    name,
    fetch: withTraceparent(fetchFrom(service.baseURL, maxAnswerBytes), deps.traceparent),
    modelOf,
    limits,
    ...deps,
  });
  const hide = hideKey(settings.apiKey);
  return { ...provider, embed: async (request, signal) => hide(await provider.embed(request, signal)) };
}

/** A service that is known to want a key is sent nothing without one; what stands at a place of its own may want none. */
const keyFault = ({ name, protocol, baseUrl, apiKey }: ProviderSettings): ModelFailure | undefined =>
  apiKey !== undefined || baseUrl !== undefined
    ? undefined
    : {
        reason: 'refused',
        message: `The provider "${name}" speaks ${protocol} and has no key, so it is not asked. Give it an "apiKey" in iceos.config.ts, and see that what it is read from is set.`,
        retryable: false,
        mayBeBilled: false,
      };

/** The same `fetch`; where a call is traced, the provider's own trace can go on with it. */
function withTraceparent(
  fetch: typeof globalThis.fetch,
  read: OpenProviderDeps['traceparent'],
): typeof globalThis.fetch {
  return (input, init) => {
    const traceparent = read?.();
    if (traceparent === undefined) return fetch(input, init);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    headers.set('traceparent', traceparent);
    return fetch(input, { ...init, headers });
  };
}

/** Some providers repeat the key that they refuse, and what they say is shown to whoever reads the event. */
const hideKey =
  (apiKey: string | undefined) =>
  <T>(result: Result<T, ModelFailure>): Result<T, ModelFailure> => {
    if (result.ok || apiKey === undefined) return result;
    return err({ ...result.error, message: result.error.message.replaceAll(apiKey, '[redacted]') });
  };

interface Service {
  readonly name: string;
  readonly baseURL: string;
  readonly apiKey: string | undefined;
}

function serviceOf({ name, protocol, baseUrl, apiKey }: ProviderSettings): Service {
  const baseURL = baseUrl ?? (protocol === 'openai-compatible' ? undefined : BASE_URLS[protocol]);
  if (baseURL === undefined) throw new Error(`The provider "${name}" speaks ${protocol} and needs a baseUrl.`);
  return { name, baseURL, apiKey };
}

type Open<Settings extends { readonly modelOf: unknown }> = (service: Service) => Promise<Settings['modelOf']>;

const MODELS: Readonly<Record<ProviderSettings['protocol'], Open<AiSdkProviderSettings>>> = {
  async openai({ name, baseURL, apiKey = '' }) {
    const { createOpenAI } = await import('@ai-sdk/openai');
    return (id, fetch) => createOpenAI({ name, baseURL, apiKey, fetch }).responses(id);
  },
  async anthropic({ name, baseURL, apiKey = '' }) {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    return (id, fetch) => createAnthropic({ name, baseURL, apiKey, fetch }).languageModel(id);
  },
  async 'openai-compatible'(service) {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    // Without `includeUsage` a stream says nothing of its tokens.
    const asked = { includeUsage: true, supportsStructuredOutputs: true };
    return (id, fetch) => createOpenAICompatible({ ...compatible(service), ...asked, fetch }).languageModel(id);
  },
};

const EMBEDDING_MODELS: Readonly<
  Record<Exclude<ProviderSettings['protocol'], 'anthropic'>, Open<AiSdkEmbeddingProviderSettings>>
> = {
  async openai({ name, baseURL, apiKey = '' }) {
    const { createOpenAI } = await import('@ai-sdk/openai');
    return (id, fetch) => createOpenAI({ name, baseURL, apiKey, fetch }).embeddingModel(id);
  },
  async 'openai-compatible'(service) {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    return (id, fetch) => createOpenAICompatible({ ...compatible(service), fetch }).embeddingModel(id);
  },
};

/** A local server may want no key. */
const compatible = ({ name, baseURL, apiKey }: Service) => ({
  name,
  baseURL,
  ...(apiKey !== undefined && { apiKey }),
});
