import type { MemoryDefinition } from '../../registry/memory.ts';
import { builder } from '../builder.ts';

const MemoryKind = builder.enumType('MemoryKind', {
  description: 'What agents remember.',
  values: {
    WORKING: { value: 'working', description: 'What one execution knows; it goes with the execution.' },
    EPISODIC: { value: 'episodic', description: 'What happened in past executions, by session.' },
    SEMANTIC: { value: 'semantic', description: 'Facts, found by meaning.' },
  } as const,
});

const MemoryGuarantee = builder.enumType('MemoryGuarantee', {
  description: 'What a memory promises; the server does not start with one that its kind cannot keep.',
  values: {
    EPHEMERAL: { value: 'ephemeral', description: 'Gone with its execution.' },
    DURABLE: { value: 'durable', description: 'Kept whatever process dies.' },
    TTL: { value: 'ttl', description: 'Gone after its lifetime.' },
    VECTORISED: { value: 'vectorised', description: 'Found by meaning.' },
  } as const,
});

const Memory = builder.objectRef<MemoryDefinition>('Memory').implement({
  description: 'A registered memory of agents.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What agents say among their `memories`.' }),
    kind: t.field({ type: MemoryKind, description: 'What it remembers.', resolve: ({ kind }) => kind }),
    guarantees: t.field({
      type: [MemoryGuarantee],
      description: 'What it promises.',
      resolve: ({ guarantees }) => [...guarantees],
    }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for. Null: not said.' }),
    model: t.string({
      nullable: true,
      description: 'The registered model that makes its vectors. Null: it has none.',
      resolve: (memory) => (memory.kind === 'semantic' ? memory.model : null),
    }),
    collection: t.string({
      nullable: true,
      description: 'Where its facts lie, for each tenant apart. Null: it holds no facts.',
      resolve: (memory) => (memory.kind === 'semantic' ? memory.collection : null),
    }),
    lifetimeMs: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'How long an episode or fact stays, in milliseconds. Null: until it is forgotten.',
      resolve: (memory) => (memory.kind === 'working' ? null : (memory.lifetimeMs ?? null)),
    }),
    recalled: t.int({
      nullable: true,
      description: 'How many of the latest episodes an agent is told when it begins. Null: it holds no episodes.',
      resolve: (memory) => (memory.kind === 'episodic' ? memory.recalled : null),
    }),
  }),
});

builder.queryField('memories', (t) =>
  t.field({
    type: [Memory],
    nullable: true,
    description: 'Every registered memory, by name.',
    resolve: (_root, _args, { viewer, registry }) => [...registry.listMemories(viewer)],
  }),
);
