/** A chain that mixes pure nodes and code that takes its time, so that a kill meets both. */
export const slowChain = (name: string, steps: number, delayMs: number): object => ({
  name,
  input: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
  nodes: Object.fromEntries(
    Array.from({ length: steps }, (_, index) => {
      const before = index === 0 ? 'input.n' : `nodes.step_${index}.output`;
      const name = `step_${index + 1}`;
      if (index % 3 !== 1) return [name, { kind: 'transform', output: `\${ ${before} + 1 }` }];
      const source = `await new Promise((done) => setTimeout(done, ${delayMs})); return input.n + 1;`;
      return [name, { kind: 'code', source, input: { n: `\${ ${before} }` } }];
    }),
  ),
  output: `\${ nodes.step_${steps}.output }`,
});

/** One node that runs until it is stopped, with a child process that would outlive it: `sleep` for that many seconds. */
export const endless = (name: string, sleepSeconds: number): object => ({
  name,
  nodes: {
    forever: {
      kind: 'code',
      source: `const { spawn } = await import('node:child_process');
        spawn('sleep', ['${sleepSeconds}'], { stdio: 'ignore', detached: true });
        await new Promise(() => setInterval(() => {}, 1000));`,
      limits: { timeoutMs: 120_000 },
    },
  },
});
