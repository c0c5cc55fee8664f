import type { CelNode } from './cel-node.ts';
import { bindingOf, childrenOf, memberOf } from './scope.ts';
import type { Reference } from './template.ts';

/** Names that CEL itself gives a meaning, so that a local name of a loop cannot have one. */
export const CEL_CONSTANTS: ReadonlySet<string> = new Set([
  ...['bool', 'bytes', 'double', 'int', 'list', 'map', 'null_type', 'string', 'type', 'uint'],
  ...['cel', 'google', 'optional'],
]);

/** The reference that a tree is as a whole, if it is one. */
export function referenceOf(node: CelNode): Reference | undefined {
  const path: string[] = [];
  let current = node;
  for (;;) {
    if (current.op === 'id') {
      return typeof current.args === 'string' ? { root: current.args, path: path.reverse() } : undefined;
    }
    const member = memberOf(current);
    if (member === undefined) return undefined;
    path.push(member.name);
    current = member.of;
  }
}

/** Everything that a tree reads from outside, each once, in the order in which it is written. */
export function referencesOf(root: CelNode): readonly Reference[] {
  const found = new Map<string, Reference>();
  collect(root, new Set(), found);
  return [...found.values()];
}

function collect(node: CelNode, bound: ReadonlySet<string>, found: Map<string, Reference>): void {
  const reference = referenceOf(node);
  if (reference !== undefined) {
    const isOutside = !bound.has(reference.root) && !CEL_CONSTANTS.has(reference.root);
    if (isOutside) found.set(JSON.stringify([reference.root, reference.path]), reference);
    return;
  }
  const binding = bindingOf(node);
  if (binding === undefined) {
    for (const child of childrenOf(node)) collect(child, bound, found);
    return;
  }
  collect(binding.source, bound, found);
  const inside = new Set(bound).add(binding.name);
  for (const child of binding.inner) collect(child, inside, found);
}
