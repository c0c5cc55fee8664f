import type { NodeSpec } from '../../blueprint/node.ts';
import { builder } from '../builder.ts';

/** A top-level node with its name. */
export interface NamedNode {
  readonly name: string;
  readonly spec: NodeSpec;
}

export const BlueprintNode = builder.objectRef<NamedNode>('BlueprintNode').implement({
  description: 'One step. `spec` follows the JSON Schema of its kind (nodeKinds query); a new kind changes no type.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Unique in its blueprint.' }),
    kind: t.string({ description: 'What carries it out: one of `nodeKinds`.', resolve: ({ spec }) => spec.kind }),
    after: t.stringList({
      description: 'Nodes that it waits for although it reads nothing of them.',
      resolve: ({ spec }) => [...(spec.after ?? [])],
    }),
    spec: t.field({
      type: 'JSON',
      description: 'The node as written, with `kind` and `after`: what the JSON Schema of its kind describes.',
      resolve: ({ spec }) => spec,
    }),
  }),
});
