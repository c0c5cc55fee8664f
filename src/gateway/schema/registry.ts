import { modelVersion, type ModelDefinition } from '../../registry/model.ts';
import type { NodeKindDefinition } from '../../registry/node-kind.ts';
import { outputSchemaOf } from '../../registry/node-output.ts';
import type { ToolDefinition } from '../../registry/tool.ts';
import { builder } from '../builder.ts';

const NodeKind = builder.objectRef<NodeKindDefinition>('NodeKind').implement({
  description: 'A kind of node that this server carries out.',
  fields: (t) => ({
    kind: t.exposeString('name', { description: 'What a node says as its `kind`.' }),
    description: t.exposeString('description', { description: 'What it does, in one sentence.' }),
    schema: t.expose('schema', { type: 'JSON', description: 'JSON Schema (draft 2020-12) of a node of this kind.' }),
    output: t.field({
      type: 'JSON',
      nullable: true,
      description:
        'JSON Schema of its output. Null: that follows from what its author writes, or from the tool it calls.',
      resolve: ({ name }) => outputSchemaOf(name) ?? null,
    }),
  }),
});

const Tool = builder.objectRef<ToolDefinition>('Tool').implement({
  description: 'A registered function that runs in the sandbox.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What a node says as its `tool`, such as `text.template`.' }),
    version: t.exposeString('version', { description: 'Semantic version; executions pin it when they start.' }),
    description: t.exposeString('description', { description: 'What it does.' }),
    input: t.expose('input', { type: 'JSON', description: 'JSON Schema of its input.' }),
    output: t.expose('output', { type: 'JSON', description: 'JSON Schema of its output.' }),
    limits: t.expose('limits', {
      type: 'JSON',
      nullable: true,
      description:
        'The most that one attempt may use by default: timeoutMs, cpuMs, memoryBytes, outputBytes. Null: the defaults of nodes.',
    }),
    grants: t.expose('grants', {
      type: 'JSON',
      nullable: true,
      description:
        'What it may be granted at most: hosts, folders, secrets and reveal, each a list, or true for whatever a node asks for. ' +
        'Null: nothing.',
    }),
    runtime: t.exposeString('runtime', {
      nullable: true,
      description: 'The interpreter that runs it, by the name that the operator gave it. Null: it is JavaScript.',
    }),
  }),
});

const ModelKind = builder.enumType('ModelKind', {
  description: 'What a model answers with.',
  values: {
    TEXT: { value: 'text', description: 'Text, and calls of tools.' },
    EMBEDDING: { value: 'embedding', description: 'Vectors.' },
  } as const,
});

const Model = builder.objectRef<ModelDefinition>('Model').implement({
  description: 'A registered model of a provider.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What a node says as its `model`.' }),
    version: t.string({
      description: 'Who serves it and as what, such as `openai:gpt-5-mini`.',
      resolve: modelVersion,
    }),
    kind: t.field({ type: ModelKind, description: 'What it answers with.', resolve: ({ kind }) => kind }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for. Null: not said.' }),
    isFree: t.boolean({
      description: 'True when nobody sends a bill for it; else its calls are charged by the day.',
      resolve: ({ price }) => price === 'free',
    }),
    maxOutputTokens: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'The most tokens of one answer, reasoning included. Null: it makes vectors.',
      resolve: (model) => (model.kind === 'text' ? model.maxOutputTokens : null),
    }),
    fallbacks: t.stringList({
      description: 'Models that are asked in its place, in order.',
      resolve: (model) => (model.kind === 'text' ? [...model.fallbacks] : []),
    }),
    dimensions: t.int({
      nullable: true,
      description: 'Numbers of each of its vectors. Null: it answers in text.',
      resolve: (model) => (model.kind === 'embedding' ? model.dimensions : null),
    }),
  }),
});

builder.queryFields((t) => ({
  models: t.field({
    type: [Model],
    nullable: true,
    description: 'Every registered model, by name.',
    resolve: (_root, _args, { viewer, registry }) => [...registry.listModels(viewer)],
  }),
  nodeKinds: t.field({
    type: [NodeKind],
    nullable: true,
    description: 'Every kind of node, with its JSON Schema.',
    resolve: (_root, _args, { viewer, registry }) => [...registry.listNodeKinds(viewer)],
  }),
  tools: t.field({
    type: [Tool],
    nullable: true,
    description: 'Every registered tool, by name.',
    resolve: (_root, _args, { viewer, registry }) => [...registry.listTools(viewer)],
  }),
}));
