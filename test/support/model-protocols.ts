import type { JsonObject } from '../../src/core/json.ts';
import type { TokenUsage } from '../../src/usage/tokens.ts';

/** What a model says to one request. */
export interface Said {
  /** The text, in the pieces in which it is sent. */
  readonly pieces?: readonly string[];
  readonly calls?: readonly { readonly id: string; readonly name: string; readonly input: string }[];
  readonly finish?: 'stop' | 'length' | 'toolCalls';
  /** Undefined: the provider says nothing of it. */
  readonly usage?: TokenUsage;
}

/** One server-sent event: its name, where the protocol has names, and its data. */
export interface Sent {
  readonly event?: string;
  readonly data: JsonObject | '[DONE]';
}

export const PROTOCOLS = ['openai', 'anthropic', 'openai-compatible'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** How each provider streams an answer, by its public reference. */
export const streamOf: Readonly<Record<Protocol, (said: Said) => readonly Sent[]>> = {
  'openai-compatible': chatCompletions,
  openai: responses,
  anthropic: messages,
};

/** Where each provider answers. */
export const PATHS: Readonly<Record<Protocol, string>> = {
  'openai-compatible': '/chat/completions',
  openai: '/responses',
  anthropic: '/messages',
};

const CHAT_FINISH = { stop: 'stop', length: 'length', toolCalls: 'tool_calls' } as const;

/** platform.openai.com/docs/api-reference/chat-streaming */
function chatCompletions({ pieces = [], calls = [], finish = 'stop', usage }: Said): readonly Sent[] {
  const chunk = (more: JsonObject): Sent => ({
    data: { id: 'chat-1', object: 'chat.completion.chunk', created: 1, model: 'm', ...more },
  });
  const choice = (delta: JsonObject, finishReason: string | null = null): Sent =>
    chunk({ choices: [{ index: 0, delta, finish_reason: finishReason }] });
  return [
    choice({ role: 'assistant', content: '' }),
    ...pieces.map((content) => choice({ content })),
    ...calls.map(({ id, name, input }, index) =>
      choice({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: input } }] }),
    ),
    choice({}, CHAT_FINISH[finish]),
    ...(usage === undefined
      ? []
      : [
          chunk({
            choices: [],
            usage: {
              prompt_tokens: usage.inputTokens,
              completion_tokens: usage.outputTokens,
              total_tokens: usage.inputTokens + usage.outputTokens,
              prompt_tokens_details: { cached_tokens: usage.cachedInputTokens },
              completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
            },
          }),
        ]),
    { data: '[DONE]' },
  ];
}

/** platform.openai.com/docs/api-reference/responses-streaming */
function responses({ pieces = [], calls = [], finish = 'stop', usage }: Said): readonly Sent[] {
  const response = { id: 'resp-1', object: 'response', created_at: 1, model: 'm', service_tier: 'default' };
  const send = (data: JsonObject & { readonly type: string }): Sent => ({ event: data.type, data });
  const message = { type: 'message', id: 'msg-1', role: 'assistant', status: 'in_progress', content: [] };
  return [
    send({ type: 'response.created', response }),
    ...(pieces.length === 0 ? [] : [send({ type: 'response.output_item.added', output_index: 0, item: message })]),
    ...pieces.map((delta) =>
      send({ type: 'response.output_text.delta', item_id: 'msg-1', output_index: 0, content_index: 0, delta }),
    ),
    ...(pieces.length === 0
      ? []
      : [
          send({
            type: 'response.output_item.done',
            output_index: 0,
            item: {
              ...message,
              status: 'completed',
              content: [{ type: 'output_text', text: pieces.join(''), annotations: [] }],
            },
          }),
        ]),
    ...calls.flatMap(({ id, name, input }, index) => {
      const item = {
        type: 'function_call',
        id: `fc-${index}`,
        call_id: id,
        name,
        arguments: '',
        status: 'in_progress',
      };
      const at = { output_index: index + 1, item_id: item.id };
      return [
        send({ type: 'response.output_item.added', output_index: index + 1, item }),
        send({ type: 'response.function_call_arguments.delta', ...at, delta: input }),
        send({
          type: 'response.output_item.done',
          output_index: index + 1,
          item: { ...item, arguments: input, status: 'completed' },
        }),
      ];
    }),
    send({
      type: finish === 'length' ? 'response.incomplete' : 'response.completed',
      response: {
        ...response,
        incomplete_details: finish === 'length' ? { reason: 'max_output_tokens' } : null,
        usage: {
          input_tokens: usage?.inputTokens ?? 0,
          input_tokens_details: { cached_tokens: usage?.cachedInputTokens ?? 0 },
          output_tokens: usage?.outputTokens ?? 0,
          output_tokens_details: { reasoning_tokens: usage?.reasoningTokens ?? 0 },
        },
      },
    }),
  ];
}

const STOP_REASONS = { stop: 'end_turn', length: 'max_tokens', toolCalls: 'tool_use' } as const;

/** docs.anthropic.com/en/docs/build-with-claude/streaming: what is cached is not counted in `input_tokens`. */
function messages({ pieces = [], calls = [], finish = 'stop', usage }: Said): readonly Sent[] {
  const send = (data: JsonObject & { readonly type: string }): Sent => ({ event: data.type, data });
  const { inputTokens = 0, cachedInputTokens = 0, cacheWriteTokens = 0, outputTokens = 0 } = usage ?? {};
  const blocks = [
    ...(pieces.length === 0
      ? []
      : [{ start: { type: 'text', text: '' }, deltas: pieces.map((text) => ({ type: 'text_delta', text })) }]),
    ...calls.map(({ id, name, input }) => ({
      start: { type: 'tool_use', id, name, input: {} },
      deltas: [{ type: 'input_json_delta', partial_json: input }],
    })),
  ];
  return [
    send({
      type: 'message_start',
      message: {
        id: 'msg-1',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: {
          input_tokens: inputTokens - cachedInputTokens - cacheWriteTokens,
          cache_read_input_tokens: cachedInputTokens,
          cache_creation_input_tokens: cacheWriteTokens,
          output_tokens: 1,
        },
      },
    }),
    ...blocks.flatMap(({ start, deltas }, index) => [
      send({ type: 'content_block_start', index, content_block: start }),
      ...deltas.map((delta) => send({ type: 'content_block_delta', index, delta })),
      send({ type: 'content_block_stop', index }),
    ]),
    send({
      type: 'message_delta',
      delta: { stop_reason: STOP_REASONS[finish], stop_sequence: null },
      usage: { output_tokens: outputTokens },
    }),
    send({ type: 'message_stop' }),
  ];
}
