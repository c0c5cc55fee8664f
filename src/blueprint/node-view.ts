import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type { Blueprint } from './blueprint.ts';
import type { NodeMap, NodeSpec } from './node.ts';
import { toJsonObject } from './to-json-object.ts';

/** A node as the API shows it: what all kinds have beside what only its kind has. */
export interface BlueprintNode {
  readonly name: string;
  readonly kind: string;
  readonly after: readonly string[];
  /** Everything but `kind` and `after`; follows the JSON Schema of its kind. */
  readonly spec: JsonObject;
}

/** Shows one node. */
export function toNodeView(name: string, node: NodeSpec): BlueprintNode {
  const { kind, after, ...spec } = node;
  return { name, kind, after: after ?? [], spec: toJsonObject(spec) };
}

/** Shows the top-level nodes of a blueprint, in the order in which they are written. */
export const nodeViewsOf = (blueprint: Blueprint): readonly BlueprintNode[] => viewsOf(blueprint.nodes);

const viewsOf = (nodes: NodeMap): readonly BlueprintNode[] =>
  Object.entries(nodes).map(([name, node]) => toNodeView(name, node));

/** A node as it is written in a blueprint, from what the API takes. Its shape is not checked. */
export function fromNodeView(view: {
  readonly kind: string;
  readonly after: readonly string[];
  readonly spec: Json;
}): JsonObject {
  const spec = isJsonObject(view.spec) ? view.spec : {};
  return { ...spec, kind: view.kind, ...(view.after.length > 0 ? { after: [...view.after] } : {}) };
}
