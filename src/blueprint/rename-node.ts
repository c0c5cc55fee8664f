import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { renameInText, renameReferences, type Renaming } from '../expression/rewrite.ts';

/** Renames a top-level node and everything that refers to it: expressions, `after`, `fallback`. */
export function renameNode(document: JsonObject, renaming: Renaming): JsonObject {
  const nodes = isJsonObject(document['nodes']) ? document['nodes'] : {};
  const renamed = Object.entries(nodes).map(([name, node]): [string, Json] => [
    name === renaming.from ? renaming.to : name,
    isJsonObject(node) ? renameInNode(renameInOrder(node, renaming), renaming) : node,
  ]);
  return { ...document, ...renameTemplates(document, ['output'], renaming), nodes: Object.fromEntries(renamed) };
}

/** `after` and `fallback` name nodes of the same body, so those of inner bodies mean others. */
function renameInOrder(node: JsonObject, { from, to }: Renaming): JsonObject {
  const { after, onFailure } = node;
  const order = Array.isArray(after) ? { after: after.map((name: Json) => (name === from ? to : name)) } : {};
  const isFallback = isJsonObject(onFailure) && onFailure['fallback'] === from;
  return { ...node, ...order, ...(isFallback ? { onFailure: { fallback: to } } : {}) };
}

function renameInNode(node: JsonObject, renaming: Renaming): JsonObject {
  const { branches, otherwise } = node;
  return {
    ...renameInBranch(node, renaming),
    ...renameTemplates(node, ['input', 'items'], renaming),
    ...(branches === undefined ? {} : { branches: renameInBranches(branches, renaming) }),
    ...(isJsonObject(otherwise) ? { otherwise: renameInBranch(otherwise, renaming) } : {}),
  };
}

function renameInBranches(branches: Json, renaming: Renaming): Json {
  const inBranch = (branch: Json): Json => (isJsonObject(branch) ? renameInBranch(branch, renaming) : branch);
  if (Array.isArray(branches)) return branches.map(inBranch);
  if (!isJsonObject(branches)) return branches;
  return Object.fromEntries(Object.entries(branches).map(([name, branch]) => [name, inBranch(branch)]));
}

/** What has a condition and a body: a branch, or a node as far as it has them. */
function renameInBranch(branch: JsonObject, renaming: Renaming): JsonObject {
  const when = typeof branch['when'] === 'string' ? { when: renameReferences(branch['when'], renaming) } : {};
  const nodes = isJsonObject(branch['nodes']) ? branch['nodes'] : undefined;
  // A node of that name within hides the one outside; the condition is evaluated outside.
  if (nodes !== undefined && Object.hasOwn(nodes, renaming.from)) return { ...branch, ...when };
  const renamed = Object.entries(nodes ?? {}).map(([name, node]): [string, Json] => [
    name,
    isJsonObject(node) ? renameInNode(node, renaming) : node,
  ]);
  const body = nodes === undefined ? {} : { nodes: Object.fromEntries(renamed) };
  return { ...branch, ...when, ...body, ...renameTemplates(branch, ['output'], renaming) };
}

function renameTemplates(part: JsonObject, names: readonly string[], renaming: Renaming): JsonObject {
  const renamed = names.flatMap((name) => {
    const value = part[name];
    return value === undefined ? [] : [[name, renameInTemplate(value, renaming)] as const];
  });
  return Object.fromEntries(renamed);
}

function renameInTemplate(value: Json, renaming: Renaming): Json {
  if (typeof value === 'string') return renameInText(value, renaming);
  if (typeof value !== 'object' || value === null) return value;
  if (!isJsonObject(value)) return value.map((each) => renameInTemplate(each, renaming));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, renameInTemplate(each, renaming)]));
}
