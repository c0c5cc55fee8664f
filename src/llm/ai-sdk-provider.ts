import type { LanguageModelV3, LanguageModelV3StreamPart, LanguageModelV3Usage } from '@ai-sdk/provider';
import { isDeeper, type Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { tokenFault, type TokenUsage } from '../usage/tokens.ts';
import { toFailure } from './ai-sdk-failure.ts';
import { toCallOptions } from './ai-sdk-request.ts';
import type { LlmProvider, ModelAnswer, ModelCallOptions, ModelFailure, ModelToolCall } from './provider.ts';
import { watchFetch } from './watch-fetch.ts';

export interface AiSdkProviderSettings {
  readonly name: string;
  /** The only way to the provider. */
  readonly fetch: typeof globalThis.fetch;
  /** The SDK's model behind a name, which asks through that `fetch`. */
  readonly modelOf: (id: string, fetch: typeof globalThis.fetch) => LanguageModelV3;
  readonly now: () => Date;
  /** Told of what a provider says of its tokens that cannot be true; the call goes on as if it had said nothing. */
  readonly reportFault: (message: string) => void;
}

/** A provider behind the AI SDK: always streams, and asks once. */
export const createAiSdkProvider = ({
  name,
  fetch,
  modelOf,
  now,
  reportFault,
}: AiSdkProviderSettings): LlmProvider => ({
  name,
  async call(request, options) {
    const watched = watchFetch(fetch);
    const failureOf = (error: unknown): ModelFailure =>
      toFailure(error, { aborted: options.signal.aborted, sent: watched.sent, began: watched.began, now: now() });
    const answer = createAnswer(options.onText, (fault) => reportFault(`${name}, ${request.model}: ${fault}.`));
    try {
      const model = modelOf(request.model, watched.fetch);
      const { stream } = await model.doStream({ ...toCallOptions(request), abortSignal: options.signal });
      for await (const part of stream) answer.add(part);
    } catch (error) {
      return answer.failed(failureOf(error));
    }
    if (options.signal.aborted) return answer.failed(failureOf(options.signal.reason));
    return answer.result(failureOf);
  },
});

/** Puts the parts of a stream together. */
function createAnswer(onText: ModelCallOptions['onText'], reportFault: (fault: string) => void) {
  const pieces: string[] = [];
  const toolCalls: ModelToolCall[] = [];
  let finish: ModelAnswer['finish'] | undefined;
  let usage: TokenUsage | undefined;
  let streamed: { readonly error: unknown } | undefined;

  const failed = (failure: ModelFailure): Result<ModelAnswer, ModelFailure> =>
    err(usage === undefined ? failure : { ...failure, usage, mayBeBilled: true });

  return {
    failed,
    add(part: LanguageModelV3StreamPart): void {
      if (part.type === 'text-delta') {
        pieces.push(part.delta);
        onText(part.delta);
      } else if (part.type === 'tool-call') {
        toolCalls.push({ id: part.toolCallId, name: part.toolName, input: inputOf(part.input) });
      } else if (part.type === 'error') {
        streamed ??= { error: part.error };
      } else if (part.type === 'finish') {
        const { unified, raw } = part.finishReason;
        // One provider's part of the SDK says so where the stream ended without an end.
        if (unified !== 'other' || raw !== undefined) finish = FINISH[unified];
        // What is said of a stream without an end counts a part of it.
        const said = finish === undefined ? undefined : toUsage(part.usage);
        const fault = said && (tokenFault(said) ?? emptyFault(said, pieces.length > 0));
        usage = fault === undefined ? said : undefined;
        if (fault !== undefined) reportFault(fault);
      }
    },
    result(failureOf: (error: unknown) => ModelFailure): Result<ModelAnswer, ModelFailure> {
      if (streamed !== undefined) return failed(failureOf(streamed.error));
      if (finish === undefined) return failed(CUT_OFF);
      return ok({ text: pieces.join(''), toolCalls, finish, usage });
    },
  };
}

/** One part of the SDK makes zeros of counts that the provider left out. */
const emptyFault = ({ inputTokens, outputTokens }: TokenUsage, hasText: boolean): string | undefined =>
  inputTokens === 0 || (outputTokens === 0 && hasText)
    ? `${inputTokens} tokens of input and ${outputTokens} of output cannot be all of an answer`
    : undefined;

const CUT_OFF: ModelFailure = {
  reason: 'unavailable',
  message: 'The answer ended before it was complete.',
  retryable: true,
  mayBeBilled: true,
};

const FINISH: Readonly<Record<string, ModelAnswer['finish']>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'toolCalls',
  'content-filter': 'contentFilter',
  other: 'other',
};

/** Deeper than any tool's input, and no work for whoever walks through it. */
const MAX_INPUT_DEPTH = 32;

/** What the model wrote as the input of a tool: text that should be JSON, and is kept as text where it is none, or too deep. */
function inputOf(text: string): Json {
  try {
    const input = JSON.parse(text === '' ? '{}' : text) as Json; // what JSON.parse gives is JSON
    return isDeeper(input, MAX_INPUT_DEPTH) ? text : input;
  } catch {
    return text;
  }
}

function toUsage({ inputTokens, outputTokens }: LanguageModelV3Usage): TokenUsage | undefined {
  const { total: input } = inputTokens;
  const { total: output } = outputTokens;
  // One side alone cannot be charged.
  if (input === undefined || output === undefined) return undefined;
  return {
    inputTokens: input,
    cachedInputTokens: inputTokens.cacheRead ?? 0,
    cacheWriteTokens: inputTokens.cacheWrite ?? 0,
    outputTokens: output,
    reasoningTokens: outputTokens.reasoning ?? 0,
  };
}
