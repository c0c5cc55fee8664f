import type { Json, JsonObject } from '../../src/core/json.ts';
import type { AgentDefinition } from '../../src/registry/agent.ts';
import type { EmbeddingModelDefinition, TextModelDefinition } from '../../src/registry/model.ts';
import { createRegistry, type Registry } from '../../src/registry/registry.ts';
import type { ToolDefinition } from '../../src/registry/tool.ts';

/** A tool as `tool.json` would describe it; what a test does not care about has a default. */
export const toolDefinition = (tool: Partial<ToolDefinition> & { readonly name: string }): ToolDefinition => ({
  version: '1.0.0',
  description: `The tool ${tool.name}.`,
  entry: 'index.ts',
  input: { type: 'object' },
  output: { type: 'object' },
  folder: `/tools/${tool.name}`,
  ...tool,
});

const object = (properties: Record<string, Json>, required: readonly string[]): JsonObject => ({
  type: 'object',
  properties,
  required: [...required],
});

/** A tool whose input takes anything beside the template, and whose output is exactly `{ text }`. */
export const textTemplate = toolDefinition({
  name: 'text.template',
  input: { ...object({ template: { type: 'string' } }, ['template']), additionalProperties: true },
  output: { ...object({ text: { type: 'string' } }, ['text']), additionalProperties: false },
});

/** A tool with a closed input of several types. */
export const textRepeat = toolDefinition({
  name: 'text.repeat',
  input: {
    ...object(
      {
        text: { type: 'string' },
        times: { type: 'integer', minimum: 1 },
        marks: { type: 'array', items: { type: 'string' } },
      },
      ['text', 'times'],
    ),
    additionalProperties: false,
  },
  output: {
    ...object({ text: { type: 'string' }, bytes: { type: 'integer' } }, ['text', 'bytes']),
    additionalProperties: false,
  },
});

/** The registry that unit tests compile against. */
export const testRegistry = (): Registry =>
  createRegistry({
    tools: [textTemplate, textRepeat],
    models: [textModel({ name: 'test' })],
    memories: [{ name: 'notes', kind: 'working', guarantees: [] }],
    agents: [agent({ name: 'ada', memories: ['notes'] }), agent({ name: 'grace' })],
  });

/** A model that answers in text, of the provider `script`. */
export const textModel = (
  more: Partial<TextModelDefinition> & Pick<TextModelDefinition, 'name'>,
): TextModelDefinition => ({
  ...{ kind: 'text', provider: 'script', model: more.name, price: 'free' },
  ...{ maxOutputTokens: 1_000, maxInputBytes: 100_000, fallbacks: [], retries: 2 },
  ...more,
});

/** An agent of the model `test`, without tools and memories. */
export const agent = (more: Partial<AgentDefinition> & Pick<AgentDefinition, 'name'>): AgentDefinition => ({
  ...{ version: '1.0.0', model: 'test', instructions: 'Answer.', tools: [], memories: [], maxTurns: 16 },
  ...more,
});

/** A model that makes vectors, of the provider `script`. */
export const embeddingModel = (
  more: Partial<EmbeddingModelDefinition> & Pick<EmbeddingModelDefinition, 'name' | 'dimensions'>,
): EmbeddingModelDefinition => ({
  ...{ kind: 'embedding', provider: 'script', model: more.name, price: 'free', retries: 2 },
  ...more,
});
