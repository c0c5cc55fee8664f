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

/** One node, `width` that read it side by side, one that reads them all. */
export function fan(name: string, width: number): Blueprint {
  const middle = Array.from({ length: width }, (_, index) => [
    `middle_${index + 1}`,
    { kind: 'transform' as const, output: '${ nodes.first.output + 1 }' },
  ]);
  const sum = middle.map(([node]) => `nodes.${String(node)}.output`);
  return {
    name,
    input: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
    nodes: {
      first: { kind: 'transform', output: '${ input.n }' },
      ...Object.fromEntries(middle),
      last: { kind: 'transform', after: middle.map(([node]) => String(node)), output: `\${ ${sum[0]} + ${sum.at(-1)} }` },
    },
    output: '${ nodes.last.output }',
  };
}

/** A chain whose nodes wait `delayMs` in the sandbox: long enough for a kill to land in it. */
export function slowChain(name: string, length: number, delayMs: number): Blueprint {
  const nodes = Array.from({ length }, (_, index) => [
    `step_${index + 1}`,
    {
      kind: 'code' as const,
      source: `await new Promise((done) => setTimeout(done, ${delayMs})); return input.n + 1;`,
      input: { n: index === 0 ? '${ input.n }' : `\${ nodes.step_${index}.output }` },
    },
  ]);
  return {
    name,
    input: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
    nodes: Object.fromEntries(nodes),
    output: `\${ nodes.step_${length}.output }`,
  };
}
