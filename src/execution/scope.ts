import type { BodyPlan } from '../blueprint/plan.ts';
import type { Json } from '../core/json.ts';
import type { CompiledTemplate, EvaluationContext, Reference } from '../expression/template.ts';
import type { BodyState, ExecutionState, NodeState, StoredValue } from './state.ts';

/** Where an expression stands: what it may read follows from it. */
export interface Place {
  readonly state: ExecutionState;
  readonly body: BodyState;
}

/** What a reference leads to: a value to load (of a loop's items the one at `index`), or one that is at hand. */
export type Resolved = { readonly stored: StoredValue; readonly index: number | undefined } | { readonly local: Json };

/** Gives the value of what is stored; it was loaded before. */
export type LoadValue = (stored: StoredValue) => Json;

const NULL: Resolved = { local: null };

/**
 * What an expression in that body reads: its own body first, then outwards. Undefined for what does not exist or has not
 * ended; a node that was skipped, or failed and was let go on, reads as null.
 */
export function resolve({ state, body }: Place, { root, path }: Reference): Resolved | undefined {
  if (root === 'input') return { stored: state.input, index: undefined };
  if (root !== 'nodes') return resolveLocal(body, root);
  const node = path[0] === undefined ? undefined : findNode(body, path[0]);
  if (node === undefined) return undefined;
  return path[1] === 'failure' ? failureOf(node) : outputOf(node);
}

function resolveLocal(body: BodyState, name: string): Resolved | undefined {
  for (let at: BodyState | undefined = body; at !== undefined; at = at.parent?.body) {
    const loop = at.parent?.node;
    if (at.index === undefined || loop?.plan.kind !== 'loop') continue;
    if (name === loop.plan.as) return loop.items && { stored: loop.items, index: at.index };
    if (name === 'index') return { local: at.index };
  }
  return undefined;
}

function findNode(body: BodyState, name: string): NodeState | undefined {
  for (let at: BodyState | undefined = body; at !== undefined; at = at.parent?.body) {
    const index = indexOf(at.plan, name);
    if (index !== undefined) return at.nodes[index];
  }
  return undefined;
}

/** Names of each plan's nodes: found out once for all executions of the plan. */
const indices = new WeakMap<BodyPlan, ReadonlyMap<string, number>>();

function indexOf(plan: BodyPlan, name: string): number | undefined {
  let known = indices.get(plan);
  if (known === undefined) {
    known = new Map(plan.nodes.map((node) => [node.name, node.index]));
    indices.set(plan, known);
  }
  return known.get(name);
}

function outputOf({ status, output }: NodeState): Resolved | undefined {
  if (output !== undefined) return { stored: output, index: undefined };
  return status === 'skipped' || status === 'failed' ? NULL : undefined;
}

function failureOf({ status, failure }: NodeState): Resolved {
  if (status !== 'failed' || failure === undefined) return NULL;
  return { local: { reason: failure.reason, message: failure.message } };
}

/** The stored values that the template reads and that are not in the state: to be loaded before `buildContext`. */
export function valuesNeeded(place: Place, { references }: CompiledTemplate): readonly StoredValue[] {
  const needed: StoredValue[] = [];
  for (const reference of references) {
    for (const part of partsOf(place, reference)) {
      const resolved = resolve(place, part);
      if (resolved === undefined || 'local' in resolved || 'value' in resolved.stored) continue;
      if (!needed.includes(resolved.stored)) needed.push(resolved.stored);
    }
  }
  return needed;
}

/** What the template is evaluated with: everything that it reads, and nothing else. */
export function buildContext(place: Place, { references }: CompiledTemplate, load: LoadValue): EvaluationContext {
  const context: Record<string, unknown> = {};
  const nodes: Record<string, Record<string, Json>> = {};
  for (const reference of references) {
    for (const part of partsOf(place, reference)) {
      const resolved = resolve(place, part);
      if (resolved === undefined) continue;
      const value = valueOf(resolved, load);
      const [name, member] = part.path;
      if (part.root !== 'nodes') context[part.root] = value;
      else if (name !== undefined) (nodes[name] ??= {})[member ?? 'output'] = value;
    }
    if (reference.root === 'nodes') context['nodes'] = nodes;
  }
  return context;
}

/** A reference to a node, or to all of them, as references to what each has: its output and its failure. */
function partsOf({ body }: Place, reference: Reference): readonly Reference[] {
  const { root, path } = reference;
  if (root !== 'nodes' || path.length >= 2) return [reference];
  const names = path.length === 1 ? path : namesInSight(body);
  return names.flatMap((name) => [
    { root, path: [name, 'output'] },
    { root, path: [name, 'failure'] },
  ]);
}

function namesInSight(body: BodyState): readonly string[] {
  const names = new Set<string>();
  for (let at: BodyState | undefined = body; at !== undefined; at = at.parent?.body) {
    for (const { name } of at.plan.nodes) names.add(name);
  }
  return [...names];
}

function valueOf(resolved: Resolved, load: LoadValue): Json {
  if ('local' in resolved) return resolved.local;
  const { stored, index } = resolved;
  const value = 'value' in stored ? stored.value : load(stored);
  if (index === undefined) return value;
  // JSON arrays are arrays; the items of a loop were checked to be one when it opened.
  return Array.isArray(value) ? ((value as readonly Json[])[index] ?? null) : null;
}
