import type { NodeKind } from '../blueprint/node.ts';
import type { JsonObject } from '../core/json.ts';

// Absent: what a node of the kind answers follows from what its author wrote, or from the tool that it calls.
const OUTPUTS: { readonly [K in NodeKind]?: JsonObject } = {
  llm: {
    type: 'object',
    properties: {
      text: { type: 'string', description: 'What the model said.' },
      json: { description: 'The same as JSON that fits `outputSchema`, where one was asked for.' },
      finish: {
        enum: ['stop', 'length', 'toolCalls', 'contentFilter', 'other'],
        description: 'Why the model ended.',
      },
      model: { type: 'string', description: 'Registered name of the model that answered; a fallback may have.' },
    },
    required: ['text', 'finish', 'model'],
    additionalProperties: false,
  },
};

/** JSON Schema (draft 2020-12) of a node's output, of kinds that fix it. */
export const outputSchemaOf = (kind: NodeKind): JsonObject | undefined => OUTPUTS[kind];
