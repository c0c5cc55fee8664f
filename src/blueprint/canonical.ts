import canonicalize from 'canonicalize';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { bareExpression } from '../expression/parse.ts';
import { normalizeText } from '../expression/rewrite.ts';
import { DEFAULT_LIMITS } from '../usage/limits.ts';
import type { Blueprint } from './blueprint.ts';
import type { NodeKind, NodeSpec } from './node.ts';
import { toJsonObject } from './to-json-object.ts';

const DEFAULT_MAX_DELAY_MS = 60_000;

/** What a property is when it is not written; a property that says the same is left out. */
const COMMON_DEFAULTS: JsonObject = {
  join: 'all',
  onFailure: 'fail',
  onAbandon: 'retry',
  after: [],
  retry: {},
  limits: {},
};
const BODY_DEFAULTS: JsonObject = { nodes: {}, output: null };
const KIND_DEFAULTS: Readonly<Record<NodeKind, JsonObject>> = {
  transform: {},
  tool: { input: {} },
  code: { input: {} },
  condition: {},
  loop: { as: 'item', concurrency: 1, maxIterations: 10_000, ...BODY_DEFAULTS },
  parallel: { merge: 'all' },
};
const RETRY_DEFAULTS: JsonObject = { attempts: 1, backoff: 'exponential', delayMs: 1_000, jitter: 0.1 };
const DOCUMENT_DEFAULTS: JsonObject = { input: {}, budget: {}, output: null };

/**
 * The form in which two blueprints of the same meaning are the same: no name (it belongs to the row), no defaults, no
 * empty parts, `after` as a sorted set, expressions without `${ }` and spaces that mean nothing.
 */
export function canonicalBlueprint(blueprint: Blueprint): JsonObject {
  const { nodes, output, ...document } = toJsonObject(blueprint);
  const rest = Object.fromEntries(Object.entries(document).filter(([part]) => part !== 'name'));
  const answer = output === undefined ? {} : { output: canonicalTemplate(output) };
  return without({ ...rest, nodes: canonicalNodes(nodes ?? {}), ...answer }, DOCUMENT_DEFAULTS);
}

/** The canonical form of one node. */
export const canonicalNode = (node: NodeSpec): JsonObject => canonicalSpec(toJsonObject(node));

/** The text of a value by RFC 8785: equal values have equal texts. */
export const canonicalText = (value: Json): string => canonicalize(value) ?? 'null';

const canonicalNodes = (nodes: Json): JsonObject =>
  isJsonObject(nodes)
    ? Object.fromEntries(
        Object.entries(nodes).map(([name, node]) => [name, isJsonObject(node) ? canonicalSpec(node) : node]),
      )
    : {};

function canonicalSpec(node: JsonObject): JsonObject {
  const parts = Object.entries(node).map(([name, value]) => [name, canonicalPart(name, value)] as const);
  return without(without(Object.fromEntries(parts), COMMON_DEFAULTS), kindDefaults(node['kind']));
}

const kindDefaults = (kind: Json | undefined): JsonObject =>
  Object.entries(KIND_DEFAULTS).find(([known]) => known === kind)?.[1] ?? {};

function canonicalPart(name: string, value: Json): Json {
  switch (name) {
    case 'after':
      return sortedSet(value);
    case 'when':
      return canonicalExpression(value);
    case 'input':
    case 'output':
    case 'items':
      return canonicalTemplate(value);
    case 'retry':
      return isJsonObject(value) ? canonicalRetry(value) : value;
    case 'limits':
      return isJsonObject(value) ? without(value, { ...DEFAULT_LIMITS }) : value;
    case 'nodes':
      return canonicalNodes(value);
    case 'otherwise':
      return canonicalBranch(value);
    case 'branches':
      return canonicalBranches(value);
    default:
      return value;
  }
}

function canonicalBranches(branches: Json): Json {
  if (!isJsonObject(branches)) return Array.isArray(branches) ? branches.map(canonicalBranch) : branches;
  return Object.fromEntries(Object.entries(branches).map(([name, branch]) => [name, canonicalBranch(branch)]));
}

function canonicalBranch(branch: Json): Json {
  if (!isJsonObject(branch)) return branch;
  const parts = Object.entries(branch).map(([name, value]) => [name, canonicalPart(name, value)] as const);
  return without(Object.fromEntries(parts), BODY_DEFAULTS);
}

function canonicalRetry(retry: JsonObject): JsonObject {
  const on = retry['on'] === undefined ? {} : { on: sortedSet(retry['on']) };
  const delayMs = typeof retry['delayMs'] === 'number' ? retry['delayMs'] : 0;
  const maxDelayMs = Math.max(DEFAULT_MAX_DELAY_MS, delayMs);
  return without({ ...retry, ...on }, { ...RETRY_DEFAULTS, maxDelayMs });
}

const sortedSet = (value: Json): Json =>
  Array.isArray(value) ? [...new Set(value.map(String))].toSorted((a, b) => (a < b ? -1 : 1)) : value;

function canonicalExpression(value: Json): Json {
  if (typeof value !== 'string') return value;
  const bare = bareExpression(value);
  return bare.ok ? bare.value.trim() : value.trim();
}

function canonicalTemplate(value: Json): Json {
  if (typeof value === 'string') return normalizeText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (!isJsonObject(value)) return value.map(canonicalTemplate);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, canonicalTemplate(part)]));
}

/** The object without members that say what holds anyway. */
const without = (object: JsonObject, defaults: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(object).filter(([name, value]) => {
      const usual = Object.hasOwn(defaults, name) ? defaults[name] : undefined;
      return usual === undefined || canonicalText(usual) !== canonicalText(value);
    }),
  );
