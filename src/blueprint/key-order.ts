import type { Json, JsonObject } from '../core/json.ts';
import type { Blueprint } from './blueprint.ts';
import { changeMembers, eachMember, objectOf } from './each-member.ts';
import { toJsonObject } from './to-json-object.ts';

/** The order in which people read: what it is, what it waits for, what it takes, how it runs, what it gives. */
const DOCUMENT_KEYS = ['name', 'description', 'input', 'budget', 'nodes', 'output'];
const NODE_KEYS = [
  ...['kind', 'description', 'after', 'when', 'join', 'tool', 'source', 'items', 'as', 'concurrency', 'maxIterations'],
  ...['merge', 'maxConcurrency', 'input', 'grants', 'branches', 'otherwise', 'nodes', 'output'],
  ...['limits', 'retry', 'onFailure', 'onAbandon'],
];
const BRANCH_KEYS = ['when', 'nodes', 'output'];

/** The blueprint as JSON with its properties in the conventional order; the order of nodes stays as written. */
export const orderKeys = (blueprint: Blueprint): JsonObject =>
  ordered(changeMembers(toJsonObject(blueprint), { nodes: orderNodes }), DOCUMENT_KEYS);

const orderNodes = (nodes: Json): Json => eachMember(nodes, orderNode);

const orderNode = (node: Json): Json =>
  ordered(
    changeMembers(objectOf(node), {
      nodes: orderNodes,
      otherwise: orderBranch,
      branches: (branches) => eachMember(branches, orderBranch),
    }),
    NODE_KEYS,
  );

const orderBranch = (branch: Json): Json =>
  ordered(changeMembers(objectOf(branch), { nodes: orderNodes }), BRANCH_KEYS);

function ordered(object: JsonObject, keys: readonly string[]): JsonObject {
  const rank = (key: string): number => (keys.includes(key) ? keys.indexOf(key) : keys.length);
  return Object.fromEntries(Object.entries(object).toSorted(([one], [other]) => rank(one) - rank(other)));
}
