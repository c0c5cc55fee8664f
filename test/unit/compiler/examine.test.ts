import { describe, expect, it } from 'vitest';
import { examine } from '../../../src/compiler/examine.ts';
import { createRegistry } from '../../../src/registry/registry.ts';
import type { Price } from '../../../src/usage/prices.ts';
import { documentOf } from '../../support/rules.ts';
import { agent, embeddingModel, testRegistry, textModel } from '../../support/tools.ts';

const PRICE: Price = { from: '2020-01-01', rates: { inputUsdMicros: 1_000_000n, outputUsdMicros: 10_000_000n } };
const nodes = { ask: { kind: 'llm', model: 'test', prompt: 'Hi' } };
const examined = (parts: object, price: Price | 'free' | 'unknown' = PRICE) =>
  examine(documentOf(parts), testRegistry(), () => price);

describe('Examining a blueprint', () => {
  it('warns when the budget has no room for a call that has to be made', () => {
    const { issues, warnings, estimate } = examined({ nodes, budget: { maxCostUsdMicros: 10_000 } });
    expect(issues).toEqual([]);
    const room = estimate?.room.usdMicros ?? 0n;
    expect(room).toBeGreaterThan(11_000n);
    expect(warnings).toEqual([
      {
        rule: 'budget-feasible',
        path: '/budget/maxCostUsdMicros',
        message:
          `The budget has 10000 micro-dollars, but a call of "ask" holds ${room} of them before it is made, and is refused. ` +
          'Raise "maxCostUsdMicros", or ask for fewer "maxOutputTokens".',
      },
    ]);
  });

  it('does not where there is room, no budget, no price, or the call may be left out', () => {
    const budget = { maxCostUsdMicros: 10_000 };
    expect(examined({ nodes, budget: { maxCostUsdMicros: 20_000 } }).warnings).toEqual([]);
    expect(examined({ nodes }).warnings).toEqual([]);
    for (const price of ['free', 'unknown'] as const) expect(examined({ nodes, budget }, price).warnings).toEqual([]);
    expect(examined({ nodes: { ask: { ...nodes.ask, when: 'input.flag' } }, budget }).warnings).toEqual([]);
  });

  it('estimates agents with the models of their own and of their memories', () => {
    const registry = createRegistry({
      tools: [],
      models: [textModel({ name: 'test' }), embeddingModel({ name: 'vectors', dimensions: 4 })],
      memories: [
        { name: 'notes', kind: 'working', guarantees: [] },
        { name: 'facts', kind: 'semantic', collection: 'facts', model: 'vectors', guarantees: [] },
      ],
      agents: [
        agent({ name: 'plain', maxTurns: 2 }),
        agent({ name: 'noting', maxTurns: 2, memories: ['notes'] }),
        agent({ name: 'knowing', maxTurns: 2, memories: ['facts'] }),
      ],
    });
    const callsOf = (name: string) => {
      const document = documentOf({ nodes: { a: { kind: 'agent', agent: name, prompt: 'Hi' } } });
      return examine(document, registry, () => PRICE).estimate?.calls.most;
    };
    // Three tries of each of two turns; and as many for each of 32 calls in both, where they need a vector.
    expect(callsOf('plain')).toBe(6n);
    expect(callsOf('noting')).toBe(6n);
    expect(callsOf('knowing')).toBe(6n + 2n * 32n * 3n);
  });

  it('tells the warnings of rules as well, and nothing but faults of what is not sound', () => {
    const slow = { kind: 'code', source: 'return 1;', limits: { timeoutMs: 500 } };
    const { warnings } = examined({ nodes: { slow }, budget: { maxWallMs: 100 } });
    expect(warnings).toMatchObject([{ rule: 'budget-feasible', path: '/budget/maxWallMs' }]);
    const faulty = examined({ nodes: { ask: { ...nodes.ask, model: 'tset' } }, budget: { maxCostUsdMicros: 1 } });
    expect(faulty).toMatchObject({ issues: [{ rule: 'known-models' }], warnings: [], estimate: undefined });
  });
});
