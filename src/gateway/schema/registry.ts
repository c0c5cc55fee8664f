import type { NodeKindDefinition } from '../../registry/node-kind.ts';
import type { ToolDefinition } from '../../registry/tool.ts';
import { builder } from '../builder.ts';

const NodeKind = builder.objectRef<NodeKindDefinition>('NodeKind').implement({
  description: 'A kind of node that this server carries out.',
  fields: (t) => ({
    kind: t.exposeString('kind', { description: 'What a node says as its `kind`.' }),
    description: t.exposeString('description', { description: 'What it does, in one sentence.' }),
    schema: t.expose('schema', { type: 'JSON', description: 'JSON Schema (draft 2020-12) of a node of this kind.' }),
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
  }),
});

builder.queryFields((t) => ({
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
