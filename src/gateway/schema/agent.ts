import { describeGrants, grantLists } from '../../blueprint/grants.ts';
import type { AgentDefinition } from '../../registry/agent.ts';
import { builder } from '../builder.ts';

const Agent = builder.objectRef<AgentDefinition>('Agent').implement({
  description: 'A registered model with instructions, tools, memories and a limit of turns.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What a node says as its `agent`.' }),
    version: t.exposeString('version', { description: 'Semantic version; executions pin it when they start.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for. Null: not said.' }),
    model: t.exposeString('model', { description: 'The registered model that it asks.' }),
    instructions: t.exposeString('instructions', {
      description: 'What it is told first: who it is, how to work, when to stop.',
    }),
    tools: t.stringList({
      description: 'Registered tools that it may call, and no others. At most 64.',
      resolve: ({ tools }) => [...tools],
    }),
    memories: t.stringList({
      description: 'Registered memories that it uses, at most one of each kind.',
      resolve: ({ memories }) => [...memories],
    }),
    grants: t.stringList({
      description:
        'What its tools may ask to reach, such as `host api.example.com:443` or `folder reports`. Each gets what it declares ' +
        'and the policy of the tenant allows of that.',
      resolve: ({ grants }) => [...describeGrants(grantLists(grants))],
    }),
    maxTurns: t.exposeInt('maxTurns', { description: 'Calls of its model in one attempt; a node may ask for fewer.' }),
    maxOutputTokens: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'The most tokens of one answer, reasoning included. Null: what its model is registered with.',
      resolve: ({ maxOutputTokens }) => maxOutputTokens ?? null,
    }),
    temperature: t.exposeFloat('temperature', {
      nullable: true,
      description: 'Of its answers, from 0 to 2. Null: the default of the provider.',
    }),
  }),
});

builder.queryField('agents', (t) =>
  t.field({
    type: [Agent],
    nullable: true,
    description: 'Every registered agent, by name.',
    resolve: (_root, _args, { viewer, registry }) => [...registry.listAgents(viewer)],
  }),
);
