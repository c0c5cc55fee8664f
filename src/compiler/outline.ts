import type { Json } from '../core/json.ts';
import { err, type Result } from '../core/result.ts';
import type { Blueprint } from '../blueprint/blueprint.ts';
import { MAX_NODE_DEPTH } from '../blueprint/document-limits.ts';
import { agentAskOf, modelAskOf } from '../blueprint/model-ask.ts';
import type { Body, NodeMap, NodeSpec } from '../blueprint/node.ts';
import { parseExpression, parseTemplate } from '../expression/parse.ts';
import type { CompiledTemplate, TemplateFault } from '../expression/template.ts';

/** What a loop calls an item when its author does not say. */
export const DEFAULT_ITEM_NAME = 'item';

/** One place of a blueprint where a template or an expression (a condition) stands, parsed. */
export type Site = Written & {
  /** JSON Pointer into the document. */
  readonly pointer: string;
  /** What it reads: the nodes and local names of this body and of those around it. */
  readonly scope: BodyOutline;
  /** The node that it belongs to; undefined for the output of a body. */
  readonly owner: NodeOutline | undefined;
  readonly parsed: Result<CompiledTemplate, TemplateFault[]>;
};

type Written =
  { readonly form: 'template'; readonly value: Json } | { readonly form: 'expression'; readonly value: string };

/** The nodes of one place: the top, the body of a loop, one branch. */
export interface BodyOutline {
  /** `0`, `otherwise`, the name of a parallel branch; empty for a loop's body and the top. */
  readonly name: string;
  readonly pointer: string;
  /** The composite around it. */
  readonly parent: NodeOutline | undefined;
  readonly depth: number;
  /** By name, so that a plan does not depend on the order in which a map was written. */
  readonly nodes: readonly NodeOutline[];
  readonly byName: ReadonlyMap<string, NodeOutline>;
  readonly output: Site | undefined;
  /** Of a branch of a condition; it is read outside the branch. */
  readonly when: Site | undefined;
  /** Of a loop's body. */
  readonly as: string | undefined;
}

/** A node as written, with its place. */
export interface NodeOutline {
  readonly name: string;
  readonly pointer: string;
  readonly spec: NodeSpec;
  readonly body: BodyOutline;
  readonly when: Site | undefined;
  /** What the kind evaluates: `input` of a tool or code, `output` of a transform, `items` of a loop, what a model is asked. */
  readonly main: Site | undefined;
  readonly bodies: readonly BodyOutline[];
}

/** A blueprint taken apart: every body, node and site, with its place. */
export interface Outline {
  readonly document: Blueprint;
  readonly root: BodyOutline;
  /** Outer ones first. */
  readonly bodies: readonly BodyOutline[];
  readonly nodes: readonly NodeOutline[];
  readonly sites: readonly Site[];
  /** Composites whose bodies lie too deep to be looked into. */
  readonly tooDeep: readonly NodeOutline[];
}

/** Takes a blueprint apart and parses everything in it once. */
export function outlineOf(document: Blueprint): Outline {
  const gathered: Gathered = { bodies: [], nodes: [], sites: [], tooDeep: [] };
  const root = addBody(gathered, document, { name: '', pointer: '', parent: undefined });
  return { document, root, ...gathered };
}

interface Gathered {
  readonly bodies: BodyOutline[];
  readonly nodes: NodeOutline[];
  readonly sites: Site[];
  readonly tooDeep: NodeOutline[];
}

interface BodyPlace {
  readonly name: string;
  readonly pointer: string;
  readonly parent: NodeOutline | undefined;
  readonly as?: string;
  readonly when?: Site;
}

function addBody(gathered: Gathered, spec: Pick<Body, 'nodes' | 'output'>, place: BodyPlace): BodyOutline {
  const nodes: NodeOutline[] = [];
  const byName = new Map<string, NodeOutline>();
  const { name, pointer, parent } = place;
  const depth = parent === undefined ? 0 : parent.body.depth + 1;
  // A site points to its body and a body to its sites: the output is put in when the body is there.
  const body: { -readonly [K in keyof BodyOutline]: BodyOutline[K] } = {
    ...{ name, pointer, parent, depth, nodes, byName },
    ...{ output: undefined, when: place.when, as: place.as },
  };
  gathered.bodies.push(body);
  for (const [nodeName, nodeSpec] of sorted(spec.nodes ?? {})) {
    const node = addNode(gathered, nodeSpec, { name: nodeName, body });
    nodes.push(node);
    byName.set(nodeName, node);
  }
  const written = spec.output === undefined ? undefined : ({ form: 'template', value: spec.output } as const);
  body.output = written && addSite(gathered, written, { scope: body, owner: undefined, pointer: `${pointer}/output` });
  return body;
}

const sorted = (nodes: NodeMap): readonly (readonly [string, NodeSpec])[] =>
  Object.entries(nodes).sort(([a], [b]) => (a < b ? -1 : 1));

function addNode(gathered: Gathered, spec: NodeSpec, { name, body }: Pick<NodeOutline, 'name' | 'body'>): NodeOutline {
  const pointer = `${body.pointer}/nodes/${name}`;
  const bodies: BodyOutline[] = [];
  const node: { -readonly [K in keyof NodeOutline]: NodeOutline[K] } = {
    ...{ name, pointer, spec, body, bodies },
    ...{ when: undefined, main: undefined },
  };
  gathered.nodes.push(node);
  const site = (at: string, written: Written): Site =>
    addSite(gathered, written, { pointer: pointer + at, scope: body, owner: node });
  if (spec.when !== undefined) node.when = site('/when', { form: 'expression', value: spec.when });
  const main = mainOf(spec);
  if (main !== undefined) node.main = site(main.at, { form: 'template', value: main.value });
  const bodySpecs = bodySpecsOf(spec);
  if (body.depth + 1 >= MAX_NODE_DEPTH && bodySpecs.some((each) => Object.keys(each.spec.nodes ?? {}).length > 0)) {
    gathered.tooDeep.push(node);
    return node;
  }
  for (const { at, spec: bodySpec, when, ...named } of bodySpecs) {
    const condition = when === undefined ? {} : { when: site(`${at}/when`, { form: 'expression', value: when }) };
    bodies.push(addBody(gathered, bodySpec, { ...named, ...condition, pointer: pointer + at, parent: node }));
  }
  return node;
}

/** What a node of this kind evaluates, at which place in it. Without an `input`, tools and code get an empty object. */
function mainOf(spec: NodeSpec): { readonly at: string; readonly value: Json } | undefined {
  switch (spec.kind) {
    case 'tool':
    case 'code':
      return { at: '/input', value: spec.input ?? {} };
    case 'transform':
      return { at: '/output', value: spec.output };
    case 'loop':
      return { at: '/items', value: spec.items };
    case 'llm':
      return { at: '', value: modelAskOf(spec) };
    case 'agent':
    case 'swarm':
      return { at: '', value: agentAskOf(spec) };
    case 'condition':
    case 'parallel':
      return undefined;
  }
}

interface BodySpec {
  readonly name: string;
  /** JSON Pointer from the node. */
  readonly at: string;
  readonly spec: Pick<Body, 'nodes' | 'output'>;
  readonly when?: string;
  readonly as?: string;
}

/** The bodies of a node in the order of the plan: `otherwise` last, parallel branches by name. */
function bodySpecsOf(spec: NodeSpec): readonly BodySpec[] {
  if (spec.kind === 'loop') return [{ name: '', at: '', spec, as: spec.as ?? DEFAULT_ITEM_NAME }];
  if (spec.kind === 'parallel') {
    const names = Object.keys(spec.branches).sort();
    return names.map((name) => ({ name, at: `/branches/${name}`, spec: spec.branches[name] ?? {} }));
  }
  if (spec.kind !== 'condition') return [];
  const branches = spec.branches.map((branch, at) => ({
    ...{ name: String(at), at: `/branches/${at}`, spec: branch },
    when: branch.when,
  }));
  const { otherwise } = spec;
  return otherwise === undefined ? branches : [...branches, { name: 'otherwise', at: '/otherwise', spec: otherwise }];
}

function addSite(gathered: Gathered, written: Written, at: Pick<Site, 'pointer' | 'scope' | 'owner'>): Site {
  const parsed = written.form === 'template' ? parseTemplate(written.value) : parseCondition(written.value);
  const site = { ...written, ...at, parsed };
  gathered.sites.push(site);
  return site;
}

function parseCondition(source: string): Result<CompiledTemplate, TemplateFault[]> {
  const parsed = parseExpression(source);
  return parsed.ok ? parsed : err(parsed.error.map((fault) => ({ ...fault, pointer: '' })));
}
