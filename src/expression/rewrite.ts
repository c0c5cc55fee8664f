import { nodesOf, type CelNode } from './cel-node.ts';
import { productCel } from './evaluate.ts';
import { splitText } from './interpolate.ts';
import { bindingOf, childrenOf, memberOf } from './scope.ts';

/** The same text with the spaces of its expressions that mean nothing left out; a faulty text stays as it is. */
export function normalizeText(text: string): string {
  if (!text.includes('${')) return text;
  const segments = splitText(text);
  if (!segments.ok) return text;
  return segments.value
    .map((each) => ('text' in each ? escapeText(each.text) : `\${ ${each.expression.trim()} }`))
    .join('');
}

/** Text that holds no expression as it is written in one that may; `$$` in a replacement would stand for one `$`. */
const escapeText = (text: string): string => text.replaceAll('${', () => '$${');

/** A renaming of a node. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

/** The same text with the references to a node renamed in its `${ ... }`; all else stays letter by letter. */
export function renameInText(text: string, renaming: Renaming): string {
  const segments = text.includes('${') && text.includes(renaming.from) ? splitText(text) : undefined;
  if (segments?.ok !== true) return text;
  let renamed = '';
  let copied = 0;
  for (const segment of segments.value) {
    if ('text' in segment) continue;
    const end = segment.start + segment.expression.length;
    renamed += text.slice(copied, segment.start) + renameInExpression(segment.expression, renaming);
    copied = end;
  }
  return renamed + text.slice(copied);
}

/** The same expression (bare, or in one `${ }`) with the references to a node renamed. */
export function renameReferences(source: string, renaming: Renaming): string {
  return source.trim().startsWith('${') ? renameInText(source, renaming) : renameInExpression(source, renaming);
}

function renameInExpression(source: string, renaming: Renaming): string {
  if (!source.includes(renaming.from)) return source;
  const root = parseTree(source);
  if (root === undefined) return source;
  const places = placesOf(root, renaming.from, new Set()).toSorted((a, b) => b.start - a.start);
  return places.reduce(
    (text, place) =>
      text.slice(0, place.start) + (place.isQuoted ? `"${renaming.to}"` : renaming.to) + text.slice(place.end),
    source,
  );
}

/** A faulty expression has no references that could be renamed: the compiler will say what is wrong with it. */
function parseTree(source: string): CelNode | undefined {
  try {
    return productCel.parse(source).root;
  } catch {
    return undefined;
  }
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
}

/** Where `nodes.name` or `nodes["name"]` names the node, outside of macros that call something else `nodes`. */
function placesOf(node: CelNode, name: string, bound: ReadonlySet<string>): readonly Place[] {
  const member = memberOf(node);
  const isReference = member?.name === name && member.of.op === 'id' && member.of.args === 'nodes';
  if (isReference && !bound.has('nodes')) {
    const [, index] = nodesOf(node.args);
    return index === undefined
      ? [{ start: node.end - name.length, end: node.end, isQuoted: false }]
      : [{ start: index.start, end: index.end, isQuoted: true }];
  }
  const binding = bindingOf(node);
  if (binding === undefined) return childrenOf(node).flatMap((child) => placesOf(child, name, bound));
  const inside = new Set(bound).add(binding.name);
  return [...placesOf(binding.source, name, bound), ...binding.inner.flatMap((child) => placesOf(child, name, inside))];
}
