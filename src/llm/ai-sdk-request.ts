import type { LanguageModelV3CallOptions, LanguageModelV3Message } from '@ai-sdk/provider';
import type { ModelMessage, ModelRequest } from './provider.ts';

/** A request in the words of the AI SDK. */
export function toCallOptions({ messages, tools, output, parameters }: ModelRequest): LanguageModelV3CallOptions {
  const { maxOutputTokens, temperature, topP, stop, seed } = parameters;
  return {
    prompt: messages.map(toMessage),
    maxOutputTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stop !== undefined && { stopSequences: [...stop] }),
    ...(seed !== undefined && { seed }),
    ...(tools !== undefined &&
      tools.length > 0 && {
        tools: tools.map(({ name, description, input }) => ({
          type: 'function' as const,
          name,
          description,
          inputSchema: input,
        })),
      }),
    ...(output !== undefined && {
      responseFormat: { type: 'json' as const, schema: output, name: 'output' },
    }),
  };
}

function toMessage(message: ModelMessage): LanguageModelV3Message {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text };
    case 'user':
      return { role: 'user', content: [{ type: 'text', text: message.text }] };
    case 'assistant':
      return {
        role: 'assistant',
        content: [
          ...(message.text === '' ? [] : [{ type: 'text' as const, text: message.text }]),
          ...message.toolCalls.map(({ id, name, input }) => ({
            type: 'tool-call' as const,
            toolCallId: id,
            toolName: name,
            input,
          })),
        ],
      };
    case 'tool': {
      const { callId, name, output, isError } = message;
      const type = isError ? ('error-text' as const) : ('text' as const);
      const value = typeof output === 'string' ? output : JSON.stringify(output);
      return {
        role: 'tool',
        content: [{ type: 'tool-result', toolCallId: callId, toolName: name, output: { type, value } }],
      };
    }
  }
}
