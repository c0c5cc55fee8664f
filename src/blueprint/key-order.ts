import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import type { Blueprint } from './blueprint.ts';
import { toJsonObject } from './to-json-object.ts';

/** The order in which people read: what it is, what it waits for, what it takes, how it runs, what it gives. */
const DOCUMENT_KEYS = ['name', 'description', 'input', 'budget', 'nodes', 'output'];
const NODE_KEYS = [
  ...['kind', 'description', 'after', 'when', 'join', 'tool', 'source', 'items', 'as', 'concurrency', 'maxIterations'],
  ...['merge', 'maxConcurrency', 'input', 'branches', 'otherwise', 'nodes', 'output'],
  ...['limits', 'retry', 'onFailure', 'onAbandon'],
];
const BRANCH_KEYS = ['when', 'nodes', 'output'];

/** The blueprint as JSON with its properties in the conventional order; the order of nodes stays as written. */
export function orderKeys(blueprint: Blueprint): JsonObject {
  const document = toJsonObject(blueprint);
  return ordered({ ...document, nodes: orderNodes(document['nodes'] ?? {}) }, DOCUMENT_KEYS);
}

function orderNodes(nodes: Json): Json {
  if (!isJsonObject(nodes)) return nodes;
  return Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, orderNode(node)]));
}

function orderNode(node: Json): Json {
  if (!isJsonObject(node)) return node;
  const parts: Record<string, Json> = { ...node };
  if (node['nodes'] !== undefined) parts['nodes'] = orderNodes(node['nodes']);
  if (node['otherwise'] !== undefined) parts['otherwise'] = orderBranch(node['otherwise']);
  const branches = node['branches'];
  if (isJsonObject(branches)) {
    parts['branches'] = Object.fromEntries(Object.entries(branches).map(([name, each]) => [name, orderBranch(each)]));
  } else if (Array.isArray(branches)) {
    parts['branches'] = branches.map(orderBranch);
  }
  return ordered(parts, NODE_KEYS);
}

function orderBranch(branch: Json): Json {
  if (!isJsonObject(branch)) return branch;
  const nodes = branch['nodes'];
  return ordered(nodes === undefined ? branch : { ...branch, nodes: orderNodes(nodes) }, BRANCH_KEYS);
}

function ordered(object: JsonObject, keys: readonly string[]): JsonObject {
  const known = keys.flatMap((key) => {
    const value = object[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const others = Object.entries(object).filter(([key]) => !keys.includes(key));
  return Object.fromEntries([...known, ...others]);
}
