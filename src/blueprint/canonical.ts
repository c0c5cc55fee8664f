import canonicalize from 'canonicalize';
import type { Json, JsonObject } from '../core/json.ts';
import { bareExpression } from '../expression/parse.ts';
import { normalizeText } from '../expression/rewrite.ts';
import { DEFAULT_LIMITS, defaultCpuMs } from '../usage/limits.ts';
import type { Blueprint } from './blueprint.ts';
import { changeMembers, eachMember, objectOf, textOf } from './each-member.ts';
import { canonicalGrantHost } from './grants.ts';
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
  tool: { input: {}, grants: {} },
  code: { input: {} },
  llm: { parameters: {} },
  agent: { memory: {} },
  swarm: { memory: {}, quorum: 0.6, maxRounds: 3 },
  condition: {},
  loop: { as: 'item', concurrency: 1, maxIterations: 10_000, ...BODY_DEFAULTS },
  parallel: { merge: 'all' },
};
const DEFAULTS_BY_KIND: ReadonlyMap<string, JsonObject> = new Map(Object.entries(KIND_DEFAULTS));
const RETRY_DEFAULTS: JsonObject = { attempts: 1, backoff: 'exponential', delayMs: 1_000, jitter: 0.1 };
const DOCUMENT_DEFAULTS: JsonObject = { input: {}, budget: {}, output: null };

/**
 * The form in which two blueprints of the same meaning are the same: no name (it belongs to the row), no defaults, no
 * empty parts, `after` as a sorted set, expressions without `${ }` and spaces that mean nothing.
 */
export function canonicalBlueprint(blueprint: Blueprint): JsonObject {
  const document = changeMembers(toJsonObject(blueprint), { nodes: canonicalNodes, output: canonicalTemplate });
  const unnamed = Object.entries(document).filter(([part]) => part !== 'name');
  return without(Object.fromEntries(unnamed), DOCUMENT_DEFAULTS);
}

/** The canonical form of one node. */
export const canonicalNode = (node: NodeSpec): JsonObject => canonicalSpec(toJsonObject(node));

/** The text of a value by RFC 8785: equal values have equal texts. */
export const canonicalText = (value: Json): string => canonicalize(value) ?? '';

const canonicalNodes = (nodes: Json): Json => eachMember(nodes, (node) => canonicalSpec(objectOf(node)));

function canonicalSpec(node: JsonObject): JsonObject {
  const parts = changeMembers(node, {
    after: sortedSet,
    when: canonicalExpression,
    input: canonicalTemplate,
    output: canonicalTemplate,
    items: canonicalTemplate,
    system: canonicalTemplate,
    prompt: canonicalTemplate,
    messages: canonicalTemplate,
    retry: canonicalRetry,
    limits: (limits) => canonicalLimits(objectOf(limits)),
    grants: canonicalGrants,
    nodes: canonicalNodes,
    otherwise: canonicalBranch,
    branches: (branches) => eachMember(branches, canonicalBranch),
  });
  return without(without(parts, COMMON_DEFAULTS), DEFAULTS_BY_KIND.get(textOf(node['kind'])) ?? {});
}

/** The default of `cpuMs` follows the timeout. */
function canonicalLimits(limits: JsonObject): JsonObject {
  const { timeoutMs = DEFAULT_LIMITS.timeoutMs } = limits;
  const cpuMs = typeof timeoutMs === 'number' ? defaultCpuMs(timeoutMs) : DEFAULT_LIMITS.cpuMs;
  return without(limits, { ...DEFAULT_LIMITS, cpuMs });
}

const canonicalBranch = (branch: Json): Json =>
  without(
    changeMembers(objectOf(branch), { when: canonicalExpression, nodes: canonicalNodes, output: canonicalTemplate }),
    BODY_DEFAULTS,
  );

function canonicalRetry(retry: Json): Json {
  const { delayMs = 0 } = objectOf(retry);
  const maxDelayMs = Math.max(DEFAULT_MAX_DELAY_MS, Number(delayMs));
  return without(changeMembers(objectOf(retry), { on: sortedSet }), { ...RETRY_DEFAULTS, maxDelayMs });
}

const EMPTY_GRANTS: JsonObject = { hosts: [], folders: [], secrets: [], reveal: [] };

const canonicalGrants = (grants: Json): Json =>
  without(
    changeMembers(objectOf(grants), {
      hosts: (hosts) => sortedSet([hosts].flat().map((host: Json) => canonicalGrantHost(textOf(host)))),
      folders: sortedSet,
      secrets: sortedSet,
      reveal: sortedSet,
    }),
    EMPTY_GRANTS,
  );

/** Of names, as `after` and the failures of a retry are. */
const sortedSet = (names: Json): Json =>
  [...new Set([names].flat().map((name: Json) => textOf(name)))].toSorted((a, b) => (a < b ? -1 : 1));

function canonicalExpression(source: Json): Json {
  const bare = bareExpression(textOf(source));
  return bare.ok ? bare.value : textOf(source).trim();
}

const canonicalTemplate = (value: Json): Json =>
  typeof value === 'string' ? normalizeText(value) : eachMember(value, canonicalTemplate);

/** The object without members that say what holds anyway. */
const without = (object: JsonObject, defaults: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(object).filter(([name, value]) => {
      const usual = Object.hasOwn(defaults, name) ? defaults[name] : undefined;
      return usual === undefined || canonicalText(usual) !== canonicalText(value);
    }),
  );
