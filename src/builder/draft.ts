import type { Json } from '../core/json.ts';
import type { Blueprint } from '../blueprint/blueprint.ts';
import type { NodeSpec } from '../blueprint/node.ts';
import { celOf, ref, rendered, toTemplate, type Expr, type Ref, type TemplateValue } from './references.ts';

/** What was written so far in one place: the top, or the body of a composite. */
export interface Draft {
  readonly nodes: Readonly<Record<string, NodeSpec>>;
  /** Nodes of the bodies around it. */
  readonly outerNames: readonly string[];
  /** What the loops around it call their items. */
  readonly locals: readonly string[];
  readonly output: Json | undefined;
  /** At the top: what is no node. */
  readonly head: Omit<Blueprint, 'nodes' | 'output'>;
}

/** What a template may read, as far as the program knows it when it runs. */
export type LooseReadable = Readonly<Record<string, Ref<unknown> | Readonly<Record<string, LooseNodeRef>>>>;
interface LooseNodeRef {
  readonly output: Ref<unknown>;
  readonly failure: Ref<unknown>;
}

/** A value, or a function that makes it of what may be read. */
export type LooseGive<V> = V | ((readable: LooseReadable) => V);

/** The value that the author gives, as the document holds it. */
export const given = (draft: Draft, give: LooseGive<TemplateValue>): Json =>
  toTemplate(typeof give === 'function' ? give(readableOf(draft)) : give);

/** A condition as the document holds it. */
export const givenCondition = (draft: Draft, give: LooseGive<Expr<boolean>>): string =>
  rendered(celOf(typeof give === 'function' ? give(readableOf(draft)) : give) ?? '');

function readableOf(draft: Draft): LooseReadable {
  const names = [...draft.outerNames, ...Object.keys(draft.nodes)];
  const nodes = names.map((name): [string, LooseNodeRef] => [
    name,
    { output: ref(`nodes.${name}.output`), failure: ref(`nodes.${name}.failure`) },
  ]);
  const locals = draft.locals.length === 0 ? [] : [...draft.locals, 'index'];
  return {
    input: ref('input'),
    nodes: knownOnly(Object.fromEntries(nodes)),
    ...Object.fromEntries(locals.map((name) => [name, ref(name)])),
  };
}

/** The TypeScript compiler refuses an unknown node; where it was not asked, this does, with the name. */
const knownOnly = (nodes: Readonly<Record<string, LooseNodeRef>>): Readonly<Record<string, LooseNodeRef>> =>
  new Proxy(nodes, {
    get(target, name) {
      if (typeof name === 'symbol') return undefined;
      if (Object.hasOwn(target, name)) return target[name];
      throw new Error(`There is no node "${name}" here; there are: ${Object.keys(target).join(', ') || 'none'}.`);
    },
  });

/** The draft with one node more. `fallbackFor` is written on the node that fails, as the document has it there. */
export function withNode(
  draft: Draft,
  name: string,
  added: { readonly spec: NodeSpec; readonly fallbackFor: string | undefined },
): Draft {
  if ([...draft.outerNames, ...Object.keys(draft.nodes)].includes(name))
    throw new Error(`There is a node "${name}" already.`);
  const { spec, fallbackFor } = added;
  if (fallbackFor === undefined) return { ...draft, nodes: { ...draft.nodes, [name]: spec } };
  const main = draft.nodes[fallbackFor];
  if (main === undefined)
    throw new Error(`Node "${name}" is a fallback for "${fallbackFor}", which is not written before it.`);
  if (main.onFailure !== undefined) throw new Error(`Node "${fallbackFor}" has an "onFailure" already.`);
  return {
    ...draft,
    nodes: { ...draft.nodes, [fallbackFor]: { ...main, onFailure: { fallback: name } }, [name]: spec },
  };
}

/** The draft of a body inside a composite. */
export const innerDraft = (draft: Draft, local?: string): Draft => ({
  ...draft,
  nodes: {},
  output: undefined,
  outerNames: [...draft.outerNames, ...Object.keys(draft.nodes)],
  locals: local === undefined ? draft.locals : [...draft.locals, local],
});
