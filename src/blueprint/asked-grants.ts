import { describeGrants, grantLists, isEmptyGrants, sortedSet, type GrantLists } from './grants.ts';
import type { Blueprint } from './blueprint.ts';
import type { Body, NodeMap, NodeSpec } from './node.ts';

/** What one tool node asks for. */
export interface AskedGrants {
  /** The node's place as written, at any depth: `audit.fetch`; branches have their names in it. */
  readonly path: string;
  readonly tool: string;
  readonly grants: GrantLists;
}

/** Every node that asks for something, outer ones first. */
export const askedGrants = (blueprint: Pick<Blueprint, 'nodes'>): readonly AskedGrants[] => [
  ...inNodes(blueprint.nodes, ''),
];

function* inNodes(nodes: NodeMap, prefix: string): Generator<AskedGrants> {
  for (const [name, node] of Object.entries(nodes)) {
    const path = `${prefix}${name}`;
    const grants = node.kind === 'tool' ? grantLists(node.grants) : undefined;
    if (node.kind === 'tool' && grants !== undefined && !isEmptyGrants(grants)) yield { path, tool: node.tool, grants };
    for (const [branch, body] of bodiesOf(node)) {
      yield* inNodes(body.nodes ?? {}, `${path}.${branch === '' ? '' : `${branch}.`}`);
    }
  }
}

function bodiesOf(node: NodeSpec): readonly (readonly [string, Body])[] {
  switch (node.kind) {
    case 'loop':
      return [['', node]];
    case 'parallel':
      return Object.entries(node.branches);
    case 'condition': {
      const branches = node.branches.map((branch, at) => [String(at), branch] as const);
      return node.otherwise === undefined ? branches : [...branches, ['otherwise', node.otherwise]];
    }
    case 'transform':
    case 'tool':
    case 'code':
    case 'llm':
    case 'agent':
    case 'swarm':
      return [];
  }
}

/**
 * What a document lets its tools reach that another one does not: `http.request: host api.example.com:443`. A grant
 * that goes from one tool to another widens too, as it is the tool that uses it.
 */
export function widenedGrants(
  before: Pick<Blueprint, 'nodes'> | undefined,
  after: Pick<Blueprint, 'nodes'>,
): readonly string[] {
  const known = new Set(before === undefined ? [] : toolGrants(before));
  return toolGrants(after).filter((grant) => !known.has(grant));
}

const toolGrants = (blueprint: Pick<Blueprint, 'nodes'>): readonly string[] =>
  sortedSet(
    askedGrants(blueprint).flatMap(({ tool, grants }) => describeGrants(grants).map((grant) => `${tool}: ${grant}`)),
  );
