import type { Json, JsonObject } from '../core/json.ts';
import type { Result } from '../core/result.ts';
import type { TokenUsage } from '../usage/tokens.ts';

/** What was said so far, in order. */
export type ModelMessage =
  | { readonly role: 'system' | 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly toolCalls: readonly ModelToolCall[] }
  | {
      readonly role: 'tool';
      readonly callId: string;
      readonly name: string;
      readonly output: Json;
      readonly isError: boolean;
    };

/** A tool that the model may ask for. Asking calls nothing: whoever hears it decides. */
export interface ModelTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its input. */
  readonly input: JsonObject;
}

export interface ModelToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote it: it may not fit the tool's schema. */
  readonly input: Json;
}

export interface ModelParameters {
  readonly maxOutputTokens: number;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly seed?: number | undefined;
}

export interface ModelRequest {
  /** The provider's own name of the model. */
  readonly model: string;
  readonly messages: readonly ModelMessage[];
  readonly tools?: readonly ModelTool[] | undefined;
  /** JSON Schema that the text of the answer, as JSON, must fit. */
  readonly output?: JsonObject | undefined;
  readonly parameters: ModelParameters;
}

export interface ModelAnswer {
  readonly text: string;
  readonly toolCalls: readonly ModelToolCall[];
  readonly finish: 'stop' | 'length' | 'toolCalls' | 'contentFilter' | 'other';
  /** Undefined when the provider said nothing of it, or nothing that can be true. */
  readonly usage: TokenUsage | undefined;
}

export type ModelFailureReason =
  /** The provider does not take the request: wrong key, unknown model, too long. */
  | 'refused'
  | 'rateLimited'
  /** Not reached, overloaded, or cut off. */
  | 'unavailable'
  | 'timedOut'
  | 'canceled'
  /** It answered what its protocol does not know. */
  | 'malformed';

export interface ModelFailure {
  readonly reason: ModelFailureReason;
  /** For the author of a blueprint; never a key. */
  readonly message: string;
  /** The same request may be answered later. */
  readonly retryable: boolean;
  /** What the provider asks to wait before the next try. */
  readonly retryAfterMs?: number | undefined;
  /** The provider may charge for it: the request reached it, and it did not say that it refuses. */
  readonly mayBeBilled: boolean;
  /** What it had said of the tokens before the call failed. */
  readonly usage?: TokenUsage | undefined;
}

export interface ModelCallOptions {
  readonly signal: AbortSignal;
  /** Told of each piece of the answer's text as it comes. */
  readonly onText: (piece: string) => void;
}

/** Whoever answers the calls of some models. */
export interface LlmProvider {
  readonly name: string;
  /** One call, without retries. Never rejects. */
  call(request: ModelRequest, options: ModelCallOptions): Promise<Result<ModelAnswer, ModelFailure>>;
}
