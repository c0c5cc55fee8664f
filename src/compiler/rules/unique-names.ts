import type { Finding, Rule } from '../rule.ts';

/** A node's name is unique in its blueprint, so that a name alone says which node is meant. */
export const uniqueNames: Rule = {
  name: 'unique-names',
  severity: 'fault',
  check({ outline }) {
    const first = new Map<string, string>();
    const findings: Finding[] = [];
    for (const { name, pointer } of outline.nodes) {
      const other = first.get(name);
      if (other === undefined) first.set(name, pointer);
      else
        findings.push({
          path: pointer,
          message: `There is a node "${name}" at ${other} already. Give one of them another name.`,
        });
    }
    return findings;
  },
};
