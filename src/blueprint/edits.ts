import type { Issue } from '../core/issue.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { BlueprintName, type Blueprint } from './blueprint.ts';
import { parseJson } from './document-limits.ts';
import { objectOf, textOf } from './each-member.ts';
import { mergePatch } from './merge-patch.ts';
import { NodeName } from './node-name.ts';
import { fromNodeView } from './node-view.ts';
import { parseBlueprint, parseNode } from './parse-blueprint.ts';
import { renameNode } from './rename-node.ts';
import { parseBlueprintSource } from './source.ts';
import { toJsonObject } from './to-json-object.ts';

/** One change of a document: exactly one of these, as the API takes them. */
export type BlueprintEdit =
  /** The whole document, YAML or JSON. Another name in it renames the blueprint. */
  | { readonly replace: string }
  /** JSON Merge Patch (RFC 7396) of the whole document. */
  | { readonly patch: Json }
  | { readonly rename: string }
  | { readonly addNode: NodeAddition }
  | { readonly patchNode: NodePatch }
  | { readonly renameNode: NodeRenaming }
  | { readonly removeNode: string };

export interface NodeAddition {
  readonly name: string;
  readonly kind: string;
  readonly after: readonly string[];
  readonly spec: Json;
}

export interface NodePatch {
  readonly name: string;
  /** Replaces the node's own; null or absent leaves it. */
  readonly after?: readonly string[] | null | undefined;
  /** JSON Merge Patch (RFC 7396) of the node's spec. */
  readonly spec?: Json | undefined;
}

export interface NodeRenaming {
  readonly from: string;
  readonly to: string;
}

/** The most edits of one request. */
export const MAX_EDITS = 1_000;

/** What the renames of one request may look at, in characters of documents and in mentions that must be parsed. */
const MAX_RENAMED_LENGTH = 64 * 1024 * 1024;
const MAX_RENAMED_MENTIONS = 20_000;

/** A document with its nodes at hand; checked as a whole when all edits are applied. */
interface Draft {
  readonly document: JsonObject;
  readonly nodes: JsonObject;
}

type Outcome = Result<Draft, readonly Issue[]>;

/** Applies edits in order, all or none; each fault has a JSON Pointer that begins with the edit's place, `/edits/3`. */
export function applyEdits(blueprint: Blueprint, edits: readonly BlueprintEdit[]): Result<Blueprint, Issue[]> {
  if (edits.length < 1 || edits.length > MAX_EDITS) {
    return err([issue('edit-count', '/edits', `There are ${edits.length} edits; 1 to ${MAX_EDITS} are allowed.`)]);
  }
  const mayRename = renameAllowance();
  let draft = toDraft(blueprint);
  for (const [at, edit] of edits.entries()) {
    const refused = 'renameNode' in edit ? mayRename(draft, edit.renameNode) : [];
    const outcome = refused.length > 0 ? err(refused) : applyEdit(draft, edit);
    if (!outcome.ok) return err(outcome.error.map((each) => ({ ...each, path: `/edits/${at}${each.path}` })));
    draft = outcome.value;
  }
  const edited = parseBlueprint({ ...draft.document, nodes: draft.nodes });
  // Each edit was sound by itself; together they make too many nodes, too large a document, too long an expression.
  return edited.ok ? edited : err(edited.error.map((each) => ({ ...each, path: '/edits', message: told(each) })));
}

const toDraft = (blueprint: Blueprint): Draft => {
  const { nodes, ...document } = toJsonObject(blueprint);
  return { document, nodes: objectOf(nodes) };
};

function applyEdit(draft: Draft, edit: BlueprintEdit): Outcome {
  if ('replace' in edit) return replaceDocument(edit.replace);
  if ('patch' in edit) return patchDocument(draft, edit.patch);
  if ('rename' in edit) return renameBlueprint(draft, edit.rename);
  if ('addNode' in edit) return addNode(draft, edit.addNode);
  if ('patchNode' in edit) return patchNode(draft, edit.patchNode);
  if ('renameNode' in edit) return renameOneNode(draft, edit.renameNode);
  return removeNode(draft, edit.removeNode);
}

const issue = (rule: string, path: string, message: string): Issue => ({ rule, path, message });

/** A place of the document is no place of the request, so the message tells it. */
const told = (each: Issue): string => (each.path === '' ? each.message : `${each.path}: ${each.message}`);

function replaceDocument(text: string): Outcome {
  const source = parseBlueprintSource(text);
  if (source.ok) return ok(toDraft(source.value.blueprint));
  return err(source.error.map((each) => ({ ...each, path: '/replace', message: told(each) })));
}

function patchDocument({ document, nodes }: Draft, patch: Json): Outcome {
  const patched = parseBlueprint(mergePatch({ ...document, nodes }, patch));
  if (patched.ok) return ok(toDraft(patched.value));
  return err(patched.error.map((each) => ({ ...each, path: `/patch${each.path}` })));
}

function renameBlueprint({ document, nodes }: Draft, name: string): Outcome {
  const faults = BlueprintName.safeParse(name).error?.issues ?? [];
  if (faults.length > 0) return err(faults.map((each) => issue('name', '/rename', each.message)));
  return ok({ document: { ...document, name }, nodes });
}

function addNode(draft: Draft, node: NodeAddition): Outcome {
  const faults = [...nameIssues(node.name, '/addNode/name'), ...specIssues(node.spec, '/addNode/spec')];
  if (Object.hasOwn(draft.nodes, node.name)) faults.push(takenIssue(node.name, '/addNode/name'));
  return faults.length > 0 ? err(faults) : withNode(draft, node, '/addNode');
}

function patchNode(draft: Draft, patch: NodePatch): Outcome {
  const node = Object.hasOwn(draft.nodes, patch.name) ? draft.nodes[patch.name] : undefined;
  if (!isJsonObject(node)) return err([missingIssue(draft, patch.name, '/patchNode/name')]);
  const faults = patch.spec === undefined ? [] : specIssues(patch.spec, '/patchNode/spec');
  if (faults.length > 0) return err(faults);
  const { kind, after, ...spec } = node;
  const patched: NodeAddition = {
    name: patch.name,
    kind: textOf(kind),
    after: patch.after ?? (Array.isArray(after) ? after.map(String) : []),
    spec: patch.spec === undefined ? spec : mergePatch(spec, patch.spec),
  };
  return withNode(draft, patched, '/patchNode');
}

function withNode(draft: Draft, view: NodeAddition, path: string): Outcome {
  const node = fromNodeView(view);
  const parsed = parseNode(node);
  if (parsed.ok) return ok({ ...draft, nodes: { ...draft.nodes, [view.name]: node } });
  return err(parsed.error.map((each) => ({ ...each, path: `${path}${placeInView(each.path)}` })));
}

/** `kind` and `after` stand beside `spec` in what the API takes. */
const placeInView = (path: string): string => (/^\/(kind|after)(\/|$)/.test(path) ? path : `/spec${path}`);

function renameOneNode(draft: Draft, renaming: NodeRenaming): Outcome {
  if (!Object.hasOwn(draft.nodes, renaming.from)) return err([missingIssue(draft, renaming.from, '/renameNode/from')]);
  if (renaming.to === renaming.from) return ok(draft);
  const faults = nameIssues(renaming.to, '/renameNode/to');
  if (Object.hasOwn(draft.nodes, renaming.to)) faults.push(takenIssue(renaming.to, '/renameNode/to'));
  if (faults.length > 0) return err(faults);
  const { nodes, ...document } = renameNode({ ...draft.document, nodes: draft.nodes }, renaming);
  return ok({ document, nodes: objectOf(nodes) });
}

function removeNode({ document, nodes }: Draft, name: string): Outcome {
  if (!Object.hasOwn(nodes, name)) return err([missingIssue({ document, nodes }, name, '/removeNode')]);
  const others = Object.entries(nodes).filter(([each]) => each !== name);
  return ok({ document, nodes: Object.fromEntries(others) });
}

const takenIssue = (name: string, path: string): Issue =>
  issue('node-name-taken', path, `There is a node "${name}" already; choose another name, or patch it.`);

function missingIssue({ nodes }: Draft, name: string, path: string): Issue {
  const known = Object.keys(nodes).slice(0, 20).join(', ');
  return issue('unknown-node', path, `There is no node "${name}"; there are: ${known === '' ? 'none' : known}.`);
}

const nameIssues = (name: string, path: string): Issue[] =>
  (NodeName.safeParse(name).error?.issues ?? []).map((each) => issue('name', path, each.message));

/** A spec is an object without what stands beside it. */
function specIssues(spec: Json, path: string): Issue[] {
  const json = parseJson(spec);
  if (!json.ok) return json.error.map((each) => ({ ...each, path: `${path}${each.path}` }));
  if (!isJsonObject(spec)) return [issue('blueprint-shape', path, 'A spec is an object.')];
  return ['kind', 'after']
    .filter((name) => Object.hasOwn(spec, name))
    .map((name) => issue('blueprint-shape', `${path}/${name}`, `"${name}" stands beside the spec, not in it.`));
}

/** Bounds what renames cost: each reads the whole document, and parses each expression that may mention the node. */
function renameAllowance(): (draft: Draft, renaming: NodeRenaming) => readonly Issue[] {
  let [length, mentions] = [0, 0];
  return (draft, { from }) => {
    const text = JSON.stringify([draft.document, draft.nodes]);
    length += text.length;
    mentions += from === '' ? 0 : text.split(from).length - 1;
    if (length <= MAX_RENAMED_LENGTH && mentions <= MAX_RENAMED_MENTIONS) return [];
    return [
      issue('edit-count', '/renameNode', 'The renames up to here have to read too much: rename fewer nodes at once.'),
    ];
  };
}
