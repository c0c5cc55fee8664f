import type { BlueprintNode as NodeView } from '../../blueprint/node-view.ts';
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
