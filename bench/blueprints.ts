import type { Blueprint } from '../src/blueprint/blueprint.ts';

/** A chain of `length` transform nodes, each of which reads the one before. */
export function chain(name: string, length: number): Blueprint {
  const nodes = Array.from({ length }, (_, index) => {
    const before = index === 0 ? 'input.n' : `nodes.step_${index}.output`;
    return [`step_${index + 1}`, { kind: 'transform' as const, output: `\${ ${before} + 1 }` }];
  });
  return {
    name,
    input: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
    nodes: Object.fromEntries(nodes),
    output: `\${ nodes.step_${length}.output }`,
  };
}

/** One node, `width` that read it side by side, one that waits for them all. */
export function fan(name: string, width: number): Blueprint {
  const names = Array.from({ length: width }, (_, index) => `middle_${index + 1}`);
  const middle = names.map((node) => [node, { kind: 'transform' as const, output: '${ nodes.first.output + 1 }' }]);
  return {
    name,
    input: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
    nodes: {
      first: { kind: 'transform', output: '${ input.n }' },
      ...Object.fromEntries(middle),
      last: { kind: 'transform', after: names, output: `\${ nodes.middle_1.output + nodes.middle_${width}.output }` },
    },
    output: '${ nodes.last.output }',
  };
}
