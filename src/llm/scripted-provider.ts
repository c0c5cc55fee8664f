import type { Clock } from '../core/clock.ts';
import type { Json } from '../core/json.ts';
import { err, ok } from '../core/result.ts';
import type { TokenUsage } from '../usage/tokens.ts';
import { NO_TOKENS } from '../usage/tokens.ts';
import type { LlmProvider, ModelFailure, ModelMessage } from './provider.ts';

export interface ScriptedProviderSettings {
  readonly name: string;
  readonly answer: (request: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly text: string }[];
    readonly tools: readonly string[];
  }) => {
    readonly text?: string;
    readonly toolCalls?: readonly { readonly name: string; readonly input: Json }[];
  };
  readonly wordDelayMs: number;
  readonly clock: Pick<Clock, 'delay'>;
}

/** English text has about four bytes a token: nobody counts the tokens of a script, and examples want a number. */
const BYTES_PER_TOKEN = 4;

/** A provider without a service: a function answers, word by word. */
export const createScriptedProvider = ({
  name,
  answer,
  wordDelayMs,
  clock,
}: ScriptedProviderSettings): LlmProvider => ({
  name,
  async call(request, { signal, onText }) {
    const messages = request.messages.map((message) => ({ role: message.role, text: textOf(message) }));
    try {
      const tools = (request.tools ?? []).map((tool) => tool.name);
      const { text: whole = '', toolCalls = [] } = answer({ model: request.model, messages, tools });
      const text = whole.slice(0, request.parameters.maxOutputTokens * BYTES_PER_TOKEN);
      for (const word of text.match(/\s*\S+\s*$|\s*\S+/g) ?? []) {
        if (wordDelayMs > 0) await clock.delay(wordDelayMs, signal);
        onText(word);
      }
      const calls = toolCalls.map((call, at) => ({ ...call, id: `call_${messages.length}_${at}` }));
      const finish = text !== whole ? 'length' : calls.length > 0 ? 'toolCalls' : 'stop';
      return ok({ text, toolCalls: calls, finish, usage: usageOf(messages, text, JSON.stringify(toolCalls)) });
    } catch (error) {
      return err(signal.aborted ? CANCELED : scriptFailed(error));
    }
  },
});

function textOf(message: ModelMessage): string {
  if (message.role === 'tool') return JSON.stringify(message.output);
  return message.text;
}

const tokensOf = (text: string): number => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);

const usageOf = (messages: readonly { readonly text: string }[], text: string, calls: string): TokenUsage => ({
  ...NO_TOKENS,
  inputTokens: messages.reduce((sum, message) => sum + tokensOf(message.text), 0),
  outputTokens: tokensOf(text) + (calls === '[]' ? 0 : tokensOf(calls)),
});

const CANCELED: ModelFailure = {
  reason: 'canceled',
  message: 'The call was canceled.',
  retryable: false,
  mayBeBilled: false,
};

const scriptFailed = (error: unknown): ModelFailure => ({
  reason: 'malformed',
  message: `The script of the model failed: ${error instanceof Error ? error.message : String(error)}`,
  retryable: false,
  mayBeBilled: false,
});
