import type { Json, JsonObject } from '../core/json.ts';
import { renameInText, renameReferences, type Renaming } from '../expression/rewrite.ts';
import { changeMembers, eachMember, objectOf, textOf } from './each-member.ts';

/** Renames a top-level node and everything that refers to it: expressions, `after`, `fallback`. */
export function renameNode(document: JsonObject, renaming: Renaming): JsonObject {
  const nodes = Object.entries(objectOf(document['nodes'])).map(([name, node]): [string, Json] => [
    name === renaming.from ? renaming.to : name,
    renameInNode(renameInOrder(objectOf(node), renaming), renaming),
  ]);
  const renamed = changeMembers(document, { output: (output) => renameInTemplate(output, renaming) });
  return { ...renamed, nodes: Object.fromEntries(nodes) };
}

/** `after` and `fallback` name nodes of the same body, so those of inner bodies mean others. */
function renameInOrder(node: JsonObject, { from, to }: Renaming): JsonObject {
  const rename = (name: Json): Json => (name === from ? to : name);
  return changeMembers(node, {
    after: (after) => eachMember(after, rename),
    onFailure: (onFailure) => eachMember(onFailure, rename),
  });
}

function renameInNode(node: JsonObject, renaming: Renaming): JsonObject {
  const inBranch = (branch: Json): Json => renameInBranch(objectOf(branch), renaming);
  return changeMembers(renameInBranch(node, renaming), {
    input: (input) => renameInTemplate(input, renaming),
    items: (items) => renameInTemplate(items, renaming),
    branches: (branches) => eachMember(branches, inBranch),
    otherwise: inBranch,
  });
}

/** What has a condition and a body: a branch, or a node as far as it has them. */
function renameInBranch(branch: JsonObject, renaming: Renaming): JsonObject {
  // The condition is evaluated outside of the body.
  const renamed = changeMembers(branch, { when: (when) => renameReferences(textOf(when), renaming) });
  // A node of that name within hides the one outside.
  if (Object.hasOwn(objectOf(branch['nodes']), renaming.from)) return renamed;
  return changeMembers(renamed, {
    nodes: (nodes) => eachMember(nodes, (node) => renameInNode(objectOf(node), renaming)),
    output: (output) => renameInTemplate(output, renaming),
  });
}

const renameInTemplate = (value: Json, renaming: Renaming): Json =>
  typeof value === 'string'
    ? renameInText(value, renaming)
    : eachMember(value, (member) => renameInTemplate(member, renaming));
