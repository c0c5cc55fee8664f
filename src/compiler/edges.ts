import type { Reference } from '../expression/template.ts';
import type { BodyOutline, NodeOutline, Outline, Site } from './outline.ts';

/** Where a reference to `nodes` leads. */
export type Target =
  | { readonly kind: 'node'; readonly node: NodeOutline }
  /** To the node that reads it, or to a composite from inside. */
  | { readonly kind: 'own'; readonly node: NodeOutline }
  | { readonly kind: 'unknown'; readonly name: string }
  /** `nodes` as a whole, or with a name that is computed: no edge could be drawn. */
  | { readonly kind: 'unnamed' };

/** Finds the node that a reference of a site leads to: inner bodies first, then outwards. */
export function targetOf(site: Site, reference: Reference): Target {
  const [name] = reference.path;
  if (name === undefined) return { kind: 'unnamed' };
  for (let body: BodyOutline | undefined = site.scope; body !== undefined; body = body.parent?.body) {
    const node = body.byName.get(name);
    if (node === undefined) continue;
    return { kind: readerIn(site, body) === node ? 'own' : 'node', node };
  }
  return { kind: 'unknown', name };
}

/** The node of a body that a site belongs to, itself or by what is inside it; undefined for the body's own output. */
export function readerIn(site: Site, body: BodyOutline): NodeOutline | undefined {
  let reader = site.owner;
  for (let inner = site.scope; inner !== body && inner.parent !== undefined; inner = inner.parent.body) {
    reader = inner.parent;
  }
  return reader;
}

/** "`to` waits for `from`", for all nodes of a blueprint. */
export interface Edges {
  /** What a node reads (itself or inside), names in `after`, or is the fallback of. */
  needs(node: NodeOutline): ReadonlySet<NodeOutline>;
  /** The needs with the fallbacks behind them: an output may come from those. */
  waitsFor(node: NodeOutline): ReadonlySet<NodeOutline>;
  /** The node whose failure starts this one. */
  mainOf(node: NodeOutline): NodeOutline | undefined;
}

/** Draws the edges. References that lead nowhere draw none: rules say so. */
export function edgesOf(outline: Outline): Edges {
  const needs = new Map<NodeOutline, Set<NodeOutline>>(outline.nodes.map((node) => [node, new Set()]));
  const mains = new Map<NodeOutline, NodeOutline>();
  for (const site of outline.sites) addReferences(needs, site);
  for (const node of outline.nodes) {
    for (const name of node.spec.after ?? []) addNeed(needs, node, node.body.byName.get(name));
    const fallback = fallbackOf(node);
    if (fallback === undefined || fallback === node) continue;
    addNeed(needs, fallback, node);
    if (!mains.has(fallback)) mains.set(fallback, node);
  }
  const waits = new Map(outline.nodes.map((node) => [node, withFallbacks(node, needs.get(node) ?? NONE)]));
  return {
    needs: (node) => needs.get(node) ?? NONE,
    waitsFor: (node) => waits.get(node) ?? NONE,
    mainOf: (node) => mains.get(node),
  };
}

const NONE: ReadonlySet<NodeOutline> = new Set();

/** The node that takes over when this one fails. */
export function fallbackOf({ spec, body }: NodeOutline): NodeOutline | undefined {
  return typeof spec.onFailure === 'object' ? body.byName.get(spec.onFailure.fallback) : undefined;
}

function addReferences(needs: Map<NodeOutline, Set<NodeOutline>>, site: Site): void {
  if (!site.parsed.ok) return;
  for (const reference of site.parsed.value.references) {
    if (reference.root !== 'nodes') continue;
    const target = targetOf(site, reference);
    if (target.kind !== 'node') continue;
    const reader = readerIn(site, target.node.body);
    if (reader !== undefined) addNeed(needs, reader, target.node);
  }
}

function addNeed(needs: Map<NodeOutline, Set<NodeOutline>>, node: NodeOutline, need: NodeOutline | undefined): void {
  if (need !== undefined && need !== node) needs.get(node)?.add(need);
}

function withFallbacks(node: NodeOutline, needs: ReadonlySet<NodeOutline>): ReadonlySet<NodeOutline> {
  if (![...needs].some((need) => fallbackOf(need) !== undefined)) return needs;
  const all = new Set<NodeOutline>();
  for (const need of needs) {
    for (let next: NodeOutline | undefined = need; next !== undefined && next !== node; next = fallbackOf(next)) {
      if (all.has(next)) break;
      all.add(next);
    }
  }
  return all;
}
