import { canonicalGrantHost, type GrantKind } from '../../blueprint/grants.ts';
import { parseHostPort } from '../../core/host-port.ts';
import { undeclaredGrants } from '../../registry/effective-grants.ts';
import { suggestion } from '../../registry/near-matches.ts';
import type { ToolDefinition } from '../../registry/tool.ts';
import type { NodeOutline } from '../outline.ts';
import type { Finding, Rule } from '../rule.ts';

/** A node asks for nothing that its tool does not declare. */
export const toolGrants: Rule = {
  name: 'tool-grants',
  severity: 'fault',
  check: ({ outline, registry }) =>
    outline.nodes.flatMap((node) => {
      const tool = node.spec.kind === 'tool' ? registry.getTool(node.spec.tool) : undefined;
      return tool?.ok === true ? findingsOf(node, tool.value) : [];
    }),
};

const NOUNS: Readonly<Record<GrantKind, string>> = {
  hosts: 'host',
  folders: 'folder',
  secrets: 'secret',
  reveal: 'secret in plain text',
};

function findingsOf({ name, pointer, spec }: NodeOutline, tool: ToolDefinition): readonly Finding[] {
  if (spec.kind !== 'tool') return [];
  const { grants } = spec;
  return undeclaredGrants(tool.grants, grants).flatMap(({ kind, name: wanted, known }) => {
    // Another rule says what is wrong with a text that is no host.
    if (kind === 'hosts' && parseHostPort(wanted) === undefined) return [];
    const place = (grants?.[kind] ?? []).findIndex((each) =>
      kind === 'hosts' ? canonicalGrantHost(each) === wanted : each === wanted,
    );
    const rest =
      known.length === 0
        ? `"${tool.name}" declares none: leave it out, or choose a tool that does.`
        : suggestion(wanted, known);
    const message = `Node "${name}" asks for the ${NOUNS[kind]} "${wanted}", which its tool does not declare. ${rest}`;
    return [{ path: `${pointer}/grants/${kind}/${place}`, message }];
  });
}
