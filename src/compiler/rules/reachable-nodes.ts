import { listed } from '../../registry/near-matches.ts';
import type { Edges } from '../edges.ts';
import type { BodyOutline, NodeOutline, Site } from '../outline.ts';
import type { Finding, Rule } from '../rule.ts';

/** Everything can run for some input. */
export const reachableNodes: Rule = {
  name: 'reachable-nodes',
  severity: 'warning',
  check: ({ outline, edges }) => [
    ...outline.bodies.flatMap((body) => skippedNodes(body, edges)),
    ...outline.nodes.flatMap(unreachableBodies),
  ],
};

/** What a condition that reads nothing always is. */
function constantOf(site: Site | undefined): boolean | undefined {
  if (site?.parsed.ok !== true || site.parsed.value.references.length > 0) return undefined;
  const evaluated = site.parsed.value.evaluate({});
  return evaluated.ok && typeof evaluated.value === 'boolean' ? evaluated.value : undefined;
}

function skippedNodes(body: BodyOutline, edges: Edges): readonly Finding[] {
  return body.nodes
    .filter((node) => constantOf(node.when) === false)
    .map((node) => {
      const followers = followersOf(node, body, edges).map(({ name }) => name);
      const others =
        followers.length === 0
          ? ''
          : ` Nor ${followers.length === 1 ? 'does' : 'do'} ${listed(followers, 'and')}, which cannot do without it.`;
      const message = `Node "${node.name}" never runs: its condition is always false.${others}`;
      return { path: `${node.pointer}/when`, message };
    });
}

/** Nodes that are skipped when this one is. */
function followersOf(node: NodeOutline, body: BodyOutline, edges: Edges): readonly NodeOutline[] {
  const skipped = new Set([node]);
  for (const each of skipped) {
    for (const other of body.nodes) {
      const needs = edges.needs(other);
      if (!needs.has(each) || edges.mainOf(other) !== undefined) continue;
      if (other.spec.join !== 'any' || [...needs].every((need) => skipped.has(need))) skipped.add(other);
    }
  }
  skipped.delete(node);
  return [...skipped];
}

function unreachableBodies({ name, pointer, spec, bodies }: NodeOutline): readonly Finding[] {
  if (spec.kind === 'loop' && Array.isArray(spec.items) && spec.items.length === 0) {
    return [{ path: `${pointer}/items`, message: `The body of "${name}" never runs: its list is empty.` }];
  }
  if (spec.kind !== 'condition') return [];
  const findings: Finding[] = [];
  const certain = bodies.findIndex(({ when }) => constantOf(when) === true);
  for (const [at, body] of bodies.entries()) {
    const why =
      certain >= 0 && at > certain
        ? `the condition of branch "${bodies[certain]?.name ?? ''}" before it is always true.`
        : constantOf(body.when) === false
          ? 'its condition is always false.'
          : undefined;
    if (why === undefined) continue;
    findings.push({ path: body.pointer, message: `Branch "${body.name}" of "${name}" never runs: ${why}` });
  }
  return findings;
}
