import type { Reference } from '../../expression/template.ts';
import { suggestion } from '../../registry/near-matches.ts';
import { targetOf, type Target } from '../edges.ts';
import type { NodeOutline, Site } from '../outline.ts';
import { subjectOf, type Finding, type Rule, type RuleContext } from '../rule.ts';
import { bodiesAround } from '../types.ts';

/** What is read exists, can be seen from there, and is not the reader itself. */
export const knownReferences: Rule = {
  name: 'known-references',
  severity: 'fault',
  check: (context) => context.outline.sites.flatMap((site) => referenceFindings(context, site)),
};

/** What is wrong with the references of one site. */
export function referenceFindings(context: RuleContext, site: Site): readonly Finding[] {
  if (!site.parsed.ok) return [];
  return site.parsed.value.references.flatMap((reference) => {
    const problem =
      reference.root === 'nodes' ? nodeProblem(context, site, reference) : rootProblem(context, site, reference);
    return problem === undefined ? [] : [{ path: site.pointer, message: `${subjectOf(site)} reads ${problem}` }];
  });
}

function nodeProblem(context: RuleContext, site: Site, reference: Reference): string | undefined {
  const target = targetOf(site, reference);
  switch (target.kind) {
    case 'unnamed':
      return '"nodes" as a whole. Name the node, so that it is known what to wait for: nodes.<name>.output.';
    case 'unknown':
      return unknownNode(context, site, target.name);
    case 'own':
      return ownNode(site, target);
    case 'node':
      return memberProblem(target, reference);
  }
}

function unknownNode({ outline }: RuleContext, site: Site, name: string): string {
  const elsewhere = outline.nodes.find((node) => node.name === name);
  const composite = elsewhere && outermostComposite(elsewhere, site);
  if (composite !== undefined) {
    const around = `"nodes.${name}", but "${name}" is inside "${composite.name}", and only the output of that can be seen.`;
    return `${around} Read nodes.${composite.name}.output.`;
  }
  const visible = bodiesAround(site.scope).flatMap((body) => [...body.byName.keys()]);
  return `"nodes.${name}", but there is no node "${name}". ${suggestion(name, visible)}`;
}

/** The composite that can be seen from the site and has the node somewhere inside. */
function outermostComposite(node: NodeOutline, site: Site): NodeOutline | undefined {
  const visible = new Set(bodiesAround(site.scope));
  return bodiesAround(node.body)
    .map(({ parent }) => parent)
    .find((parent) => parent !== undefined && visible.has(parent.body));
}

function ownNode({ owner }: Site, { node }: Extract<Target, { kind: 'own' }>): string {
  if (owner === node) return 'its own output, which is not there before it has run. Read another node, or input.';
  return `"nodes.${node.name}" from inside "${node.name}", which has no output before all inside has ended. Read a node beside it.`;
}

function memberProblem({ node }: Extract<Target, { kind: 'node' }>, { path }: Reference): string | undefined {
  const [, member, ...rest] = path;
  if (member === 'output' || member === 'failure') return undefined;
  if (member === undefined) return `the node "${node.name}" as a whole. Read nodes.${node.name}.output.`;
  const meant = ['nodes', node.name, 'output', member, ...rest].join('.');
  return `"nodes.${node.name}.${member}", but a node has "output" and "failure" only. Did you mean ${meant}?`;
}

function rootProblem({ outline }: RuleContext, site: Site, { root, path }: Reference): string | undefined {
  const locals = bodiesAround(site.scope).flatMap(({ as }) => (as === undefined ? [] : [as, 'index']));
  const known = ['input', 'nodes', ...locals];
  if (known.includes(root)) return undefined;
  const node = outline.nodes.find(({ name }) => name === root);
  if (node !== undefined) {
    const members = path[0] === 'output' || path[0] === 'failure' ? path : ['output', ...path];
    return `"${root}", but nodes stand under "nodes". Did you mean ${['nodes', root, ...members].join('.')}?`;
  }
  const loop = outline.bodies.find(({ as }) => as === root || (as !== undefined && root === 'index'));
  if (loop?.parent !== undefined) return `"${root}", which can be seen inside the loop "${loop.parent.name}" only.`;
  return `"${root}", but there is no "${root}" here. ${suggestion(root, known)}`;
}
