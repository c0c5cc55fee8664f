import type { Json, JsonObject } from '../core/json.ts';
import { escapeToken } from '../core/json-pointer.ts';
import type { Blueprint } from './blueprint.ts';
import { canonicalNode, canonicalText } from './canonical.ts';
import { diffBlueprints, nodeOf, type Difference } from './diff.ts';
import type { NodeMap, NodeSpec } from './node.ts';
import type { ThreeWayChange } from './records.ts';
import { toJsonObject } from './to-json-object.ts';

/** Three documents: what both sides started from, and what each made of it. */
export interface ThreeWay {
  readonly base: Blueprint;
  readonly yours: Blueprint;
  readonly theirs: Blueprint;
}

/** What became of a three-way merge. */
export interface Merge {
  /** Undefined when something clashes. */
  readonly merged: Blueprint | undefined;
  /** Every place that a side changed. */
  readonly changes: readonly ThreeWayChange[];
  /** Top-level nodes and top-level parts that both changed, each in another way. */
  readonly clashes: readonly ThreeWayChange[];
}

/** A part that one side alone decides: a top-level property or a top-level node. */
interface Unit<T> {
  readonly base: T | undefined;
  readonly yours: T | undefined;
  readonly theirs: T | undefined;
}

type Resolution<T> = { readonly kind: 'merged'; readonly value: T | undefined } | { readonly kind: 'clash' };

/** Merges by top-level node and top-level part; what both changed in the same way is no clash. */
export function mergeBlueprints(documents: ThreeWay): Merge {
  const clashes: ThreeWayChange[] = [];
  const nodes = mergeNodes(documents, clashes);
  const parts = mergeParts(documents, clashes);
  const merged = clashes.length === 0 ? { ...parts, nodes } : undefined;
  return { merged, changes: changesOf(documents), clashes };
}

function mergeNodes({ base, yours, theirs }: ThreeWay, clashes: ThreeWayChange[]): NodeMap {
  // Theirs first: the order of the stored document stays, and new nodes of yours come behind.
  const names = new Set([...Object.keys(theirs.nodes), ...Object.keys(yours.nodes), ...Object.keys(base.nodes)]);
  const merged: (readonly [string, NodeSpec])[] = [];
  for (const name of names) {
    const unit = { base: nodeAt(base, name), yours: nodeAt(yours, name), theirs: nodeAt(theirs, name) };
    const resolution = resolve(unit, (node) => canonicalText(canonicalNode(node)));
    if (resolution.kind === 'clash') clashes.push(clash(`/nodes/${escapeToken(name)}`, jsonUnit(unit)));
    else if (resolution.value !== undefined) merged.push([name, resolution.value]);
  }
  return Object.fromEntries(merged);
}

const nodeAt = (blueprint: Blueprint, name: string): NodeSpec | undefined =>
  Object.hasOwn(blueprint.nodes, name) ? blueprint.nodes[name] : undefined;

const jsonUnit = (unit: Unit<NodeSpec>): Unit<Json> => {
  const toJson = (node: NodeSpec | undefined): JsonObject | undefined => node && toJsonObject(node);
  return { base: toJson(unit.base), yours: toJson(unit.yours), theirs: toJson(unit.theirs) };
};

type Parts = Omit<Blueprint, 'nodes'>;

function mergeParts({ base, yours, theirs }: ThreeWay, clashes: ThreeWayChange[]): Parts {
  const part = <K extends keyof Parts>(key: K): Partial<Pick<Parts, K>> => {
    const unit: Unit<Parts[K]> = { base: base[key], yours: yours[key], theirs: theirs[key] };
    const resolution = resolve(unit, (value) => canonicalText(jsonOf(value) ?? null));
    if (resolution.kind === 'clash') {
      clashes.push(
        clash(`/${key}`, { base: jsonOf(unit.base), yours: jsonOf(unit.yours), theirs: jsonOf(unit.theirs) }),
      );
    }
    return resolution.kind === 'merged' && resolution.value !== undefined ? pick(key, resolution.value) : {};
  };
  return {
    name: theirs.name,
    ...part('name'),
    ...part('description'),
    ...part('input'),
    ...part('budget'),
    ...part('output'),
  };
}

const pick = <K extends keyof Parts>(key: K, value: Parts[K]): Partial<Pick<Parts, K>> =>
  ({ [key]: value }) as Partial<Pick<Parts, K>>; // the compiler widens a computed name to any string

/** A part as JSON: the types that zod infers allow members that are `undefined`. */
const jsonOf = (value: unknown): Json | undefined => toJsonObject({ value })['value'];

/** A side that did not change a unit follows the other; `textOf` says what counts as a change. */
function resolve<T>(unit: Unit<T>, textOf: (value: T) => string): Resolution<T> {
  const text = (value: T | undefined): string | undefined => (value === undefined ? undefined : textOf(value));
  const [base, yours, theirs] = [text(unit.base), text(unit.yours), text(unit.theirs)];
  if (yours === theirs || yours === base) return { kind: 'merged', value: unit.theirs };
  return theirs === base ? { kind: 'merged', value: unit.yours } : { kind: 'clash' };
}

const clash = (path: string, unit: Unit<Json>): ThreeWayChange => ({
  node: nodeOf(path),
  path,
  side: 'both',
  base: unit.base,
  yours: unit.yours,
  theirs: unit.theirs,
});

function changesOf({ base, yours, theirs }: ThreeWay): readonly ThreeWayChange[] {
  const byYou = differencesByPath(base, yours);
  const byThem = differencesByPath(base, theirs);
  const paths = [...new Set([...byThem.keys(), ...byYou.keys()])];
  return paths.map((path) => {
    const [you, them] = [byYou.get(path), byThem.get(path)];
    const before = (you ?? them)?.before;
    const side = you === undefined ? 'theirs' : them === undefined ? 'yours' : 'both';
    const [mine, other] = [you === undefined ? before : you.after, them === undefined ? before : them.after];
    return { node: nodeOf(path), path, side, base: before, yours: mine, theirs: other };
  });
}

const differencesByPath = (base: Blueprint, side: Blueprint): ReadonlyMap<string, Difference> =>
  new Map(diffBlueprints(base, side).map((each) => [each.path, each]));
