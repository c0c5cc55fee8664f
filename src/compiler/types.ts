import { checkExpression, checkTemplate, type CheckedTemplate } from '../expression/check.ts';
import { typeFromSchema } from '../expression/type-from-schema.ts';
import {
  BOOL,
  closedObject,
  DYN,
  listOf,
  NULL,
  NUMBER,
  STRING,
  unify,
  type ExpressionType,
  type TypeScope,
} from '../expression/types.ts';
import type { Registry } from '../registry/registry.ts';
import { targetOf, type Edges } from './edges.ts';
import { orderOf } from './order.ts';
import type { BodyOutline, NodeOutline, Outline, Site } from './outline.ts';

/** What is known of the values of a blueprint before it runs. */
export interface Types {
  /** The type of a site's value, and what cannot be right in it. */
  at(site: Site): CheckedTemplate;
}

/** What a failed node shows of its failure. */
const FAILURE_TYPE = closedObject({ reason: STRING, message: STRING, retryable: BOOL, path: STRING });
const UNKNOWN: CheckedTemplate = { type: DYN, faults: [] };

/** Infers the types of all outputs, each after what it reads; what stands in or behind a cycle stays unknown. */
export function typesOf(outline: Outline, edges: Edges, registry: Registry): Types {
  const { input } = outline.document;
  const inference: Inference = {
    input: input === undefined ? DYN : typeFromSchema(input),
    edges,
    registry,
    sites: new Map(),
    outputs: new Map(),
  };
  inferBody(inference, outline.root);
  return { at: (site) => inference.sites.get(site) ?? UNKNOWN };
}

interface Inference {
  readonly input: ExpressionType;
  readonly edges: Edges;
  readonly registry: Registry;
  readonly sites: Map<Site, CheckedTemplate>;
  readonly outputs: Map<NodeOutline, ExpressionType>;
}

/** In topological order, so that chains of nodes cost no stack; bodies nest at most 32 deep. Answers with the output's type. */
function inferBody(inference: Inference, body: BodyOutline): ExpressionType {
  const { sorted, cyclic } = orderOf(body.nodes, (node) => inference.edges.waitsFor(node));
  for (const node of [...sorted, ...cyclic]) inference.outputs.set(node, inferNode(inference, node));
  return body.output === undefined ? NULL : check(inference, body.output).type;
}

function inferNode(inference: Inference, node: NodeOutline): ExpressionType {
  if (node.when !== undefined) check(inference, node.when);
  const main = node.main === undefined ? UNKNOWN : check(inference, node.main);
  for (const { when } of node.bodies) if (when !== undefined) check(inference, when);
  const bodies = node.bodies.map((body) => [body.name, inferBody(inference, body)] as const);
  return outputType(inference, node.spec, { main: main.type, bodies });
}

interface Inferred {
  readonly main: ExpressionType;
  readonly bodies: readonly (readonly [string, ExpressionType])[];
}

function outputType(inference: Inference, spec: NodeOutline['spec'], { main, bodies }: Inferred): ExpressionType {
  // What another node stands in for may be of that node's type, which may be inferred later.
  if (typeof spec.onFailure === 'object') return DYN;
  const types = bodies.map(([, type]) => type);
  switch (spec.kind) {
    case 'transform':
      return main;
    case 'code':
      return DYN;
    case 'tool': {
      const tool = inference.registry.getTool(spec.tool);
      return tool.ok ? typeFromSchema(tool.value.output) : DYN;
    }
    case 'llm':
      return closedObject({
        ...{ text: STRING, finish: STRING, model: STRING },
        ...(spec.outputSchema && { json: typeFromSchema(spec.outputSchema) }),
      });
    case 'agent':
      return closedObject({
        ...{ text: STRING, finish: STRING, agent: STRING, turns: NUMBER },
        ...(spec.outputSchema && { json: typeFromSchema(spec.outputSchema) }),
      });
    case 'swarm':
      return closedObject({ text: STRING, agent: STRING, rounds: NUMBER });
    case 'loop':
      return listOf(types[0] ?? DYN);
    case 'condition':
      return unifyAll(spec.otherwise === undefined ? [...types, NULL] : types);
    case 'parallel':
      if (spec.merge === 'first') return unifyAll(types);
      return typeof spec.merge === 'object'
        ? { ...closedObject(Object.fromEntries(bodies)), required: [] }
        : closedObject(Object.fromEntries(bodies));
  }
}

const unifyAll = (types: readonly ExpressionType[]): ExpressionType =>
  types.length === 0 ? DYN : types.reduce((left, right) => unify(left, right));

function check(inference: Inference, site: Site): CheckedTemplate {
  const scope = scopeOf(inference, site);
  const checked = site.parsed.ok ? checkIn(site, scope) : UNKNOWN;
  inference.sites.set(site, checked);
  return checked;
}

function checkIn(site: Site, scope: TypeScope): CheckedTemplate {
  if (site.form === 'template') return checkTemplate(site.value, scope);
  const checked = checkExpression(site.value, scope);
  if (checked.ok) return { type: checked.value, faults: [] };
  return { type: DYN, faults: checked.error.map((fault) => ({ ...fault, pointer: '' })) };
}

/** Only the nodes that the site reads: that they exist is the matter of another rule. */
function scopeOf(inference: Inference, site: Site): TypeScope {
  const members: Record<string, ExpressionType> = {};
  for (const reference of site.parsed.ok ? site.parsed.value.references : []) {
    const target = reference.root === 'nodes' ? targetOf(site, reference) : undefined;
    if (target?.kind !== 'node') continue;
    const output = inference.outputs.get(target.node) ?? DYN;
    members[target.node.name] = closedObject({ output, failure: FAILURE_TYPE });
  }
  const nodes: ExpressionType = { kind: 'object', members, rest: DYN, required: [] };
  return { roots: { input: inference.input, nodes, ...localTypes(inference, site.scope) } };
}

function localTypes(inference: Inference, body: BodyOutline): Readonly<Record<string, ExpressionType>> {
  const locals: Record<string, ExpressionType> = {};
  for (const around of bodiesAround(body)) {
    if (around.as === undefined) continue;
    const items = around.parent?.main && inference.sites.get(around.parent.main);
    locals[around.as] ??= items?.type.kind === 'list' ? items.type.items : DYN;
    locals['index'] = NUMBER;
  }
  return locals;
}

/** The body and those around it, inner ones first. */
export function bodiesAround(body: BodyOutline): readonly BodyOutline[] {
  const around: BodyOutline[] = [];
  for (let each: BodyOutline | undefined = body; each !== undefined; each = each.parent?.body) around.push(each);
  return around;
}
