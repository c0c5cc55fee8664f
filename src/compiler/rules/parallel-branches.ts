import type { Finding, Rule } from '../rule.ts';

/** A parallel node has branches, and no more of them must succeed than there are. */
export const parallelBranches: Rule = {
  name: 'parallel-branches',
  severity: 'fault',
  check: ({ outline }) =>
    outline.nodes.flatMap(({ name, pointer, spec }): readonly Finding[] => {
      if (spec.kind !== 'parallel') return [];
      const count = Object.keys(spec.branches).length;
      if (count === 0) {
        return [
          { path: `${pointer}/branches`, message: `Parallel node "${name}" has no branch. Give it at least one.` },
        ];
      }
      if (typeof spec.merge !== 'object' || spec.merge.atLeast <= count) return [];
      const message = `Parallel node "${name}" needs ${spec.merge.atLeast} branches to succeed, but has ${count}. Lower "atLeast" or add branches.`;
      return [{ path: `${pointer}/merge/atLeast`, message }];
    }),
};
