import type { BlueprintNode as NodeView } from '../../blueprint/node-view.ts';
import type { AskedGrants } from '../../blueprint/asked-grants.ts';
import { builder } from '../builder.ts';

export const BlueprintNode = builder.objectRef<NodeView>('BlueprintNode').implement({
  description: 'One step. `spec` follows the JSON Schema of its kind (nodeKinds query); a new kind changes no type.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Unique in its blueprint.' }),
    kind: t.exposeString('kind', { description: 'What carries it out: one of `nodeKinds`.' }),
    after: t.stringList({
      description: 'Nodes that it waits for although it reads nothing of them.',
      resolve: ({ after }) => [...after],
    }),
    spec: t.expose('spec', { type: 'JSON', description: 'Everything else that is written of it.' }),
  }),
});

export const NodeGrants = builder.objectRef<AskedGrants>('NodeGrants').implement({
  description: 'What a node asks to reach outside. It gets of it what the policy allows when an attempt starts.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'The node, at any depth: `audit.fetch`.' }),
    tool: t.exposeString('tool', { description: 'The tool that would use it, and that declares all of it.' }),
    hosts: t.stringList({ description: 'Each `host:port`.', resolve: ({ grants }) => [...grants.hosts] }),
    folders: t.stringList({
      description: 'By the names of the operator.',
      resolve: ({ grants }) => [...grants.folders],
    }),
    secrets: t.stringList({ description: 'To be filled into a header.', resolve: ({ grants }) => [...grants.secrets] }),
    reveal: t.stringList({ description: 'Secrets in plain text.', resolve: ({ grants }) => [...grants.reveal] }),
  }),
});
