import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeSpec } from '../../../src/blueprint/node.ts';
import { estimateOf, type Estimate } from '../../../src/compiler/estimate.ts';
import type { EstimateDeps } from '../../../src/compiler/estimate-call.ts';
import type { Span } from '../../../src/compiler/span.ts';
import { toPlan } from '../../../src/compiler/to-plan.ts';
import { mostCostOf, type Price } from '../../../src/usage/prices.ts';
import { arbitraryBlueprint } from '../../support/blueprints.ts';
import { documentOf } from '../../support/rules.ts';
import { agent, embeddingModel, textModel } from '../../support/tools.ts';

const PRICE: Price = { from: '2020-01-01', rates: { inputUsdMicros: 1_000_000n, outputUsdMicros: 10_000_000n } };
const model = textModel({ name: 'test', retries: 0, maxOutputTokens: 100, maxInputBytes: 5_000 });
const spare = textModel({ name: 'spare', retries: 1, maxOutputTokens: 200 });

const deps = (price: Price | 'free' | 'unknown' = PRICE, more: Partial<typeof model> = {}): EstimateDeps => ({
  findAgent: (name) => agent({ name, maxTurns: 4 }),
  findModel: (name) => (name === 'spare' ? spare : { ...model, ...more }),
  findEmbeddingModelOf: () => undefined,
  priceOf: () => price,
});

const ask = (more: object = {}) => ({ kind: 'llm', model: 'test', prompt: 'Hi', ...more });
const asks = { nodes: { ask: ask() } };
const of = (nodes: object, { budget, ...more }: Partial<EstimateDeps> & { readonly budget?: object } = {}): Estimate =>
  estimateOf(toPlan(documentOf({ nodes, ...(budget && { budget }) }), 'x'), { ...deps(), ...more });
const callsOf = (nodes: object): readonly (number | undefined)[] => numbers(of(nodes).calls);
const numbers = ({ least, likely, most }: Span) =>
  [least, likely, most].map((value) => (value === undefined ? undefined : Number(value)));

const spansOf = ({ calls, inputTokens, outputTokens, costUsdMicros, wallMs }: Estimate): readonly Span[] => [
  ...[calls, inputTokens, outputTokens, costUsdMicros, wallMs],
];
const isAtMost = (a: bigint | undefined, b: bigint | undefined): boolean =>
  a === undefined || b === undefined || a <= b;
const prices = fc.constantFrom<(Price | 'free' | 'unknown')[]>(PRICE, 'free', 'unknown');

describe('An estimate', () => {
  it('has the least, the likely and the most in order, for every sound blueprint', () => {
    fc.assert(
      fc.property(arbitraryBlueprint(), prices, (document, price) => {
        for (const { least, likely, most } of spansOf(estimateOf(toPlan(document, 'x'), deps(price)))) {
          expect(least).toBeGreaterThanOrEqual(0n);
          expect(isAtMost(least, likely) && isAtMost(likely, most) && isAtMost(least, most)).toBe(true);
        }
      }),
    );
  });

  it('never falls when a node is added', () => {
    const added = fc.constantFrom(
      ...[ask(), ask({ when: 'true' }), ask({ retry: { attempts: 3 }, limits: { timeoutMs: 90_000 } })],
      ...[
        { kind: 'loop', items: [1, 2], ...asks },
        { kind: 'loop', items: '${ input.words }', ...asks },
      ],
      ...[
        { kind: 'parallel', branches: { a: asks, b: {} }, merge: 'first' },
        { kind: 'transform', output: 1 },
      ],
    );
    fc.assert(
      fc.property(arbitraryBlueprint(), added, prices, (document, node, price) => {
        const extra = node as NodeSpec; // each of the list above is one
        const more = { ...document, nodes: { ...document.nodes, zz_added: extra } };
        const before = spansOf(estimateOf(toPlan(document, 'x'), deps(price)));
        const after = spansOf(estimateOf(toPlan(more, 'y'), deps(price)));
        for (const [at, span] of before.entries()) {
          for (const end of ['least', 'likely', 'most'] as const)
            expect(isAtMost(span[end], after[at]?.[end])).toBe(true);
          // What was not known before is not known with more.
          if (span.most === undefined) expect(after[at]?.most).toBeUndefined();
        }
      }),
    );
  });

  it('of one call is bounded by what is sent and by the longest answer, at the price of the day', () => {
    const { calls, inputTokens, outputTokens, costUsdMicros, wallMs, unpriced } = of({ ask: ask() });
    expect(numbers(calls)).toEqual([1, 1, 1]);
    const input = 1_024 + 16 + JSON.stringify({ role: 'user', text: 'Hi' }).length;
    expect(inputTokens).toMatchObject({ least: 1n, most: BigInt(input) });
    expect(numbers(outputTokens)).toEqual([0, 25, 100]);
    expect(costUsdMicros).toMatchObject({ least: 0n, most: mostCostOf({ input, output: 100 }, PRICE) });
    expect(costUsdMicros.likely).toBe((inputTokens.likely ?? 0n) + 250n);
    expect(wallMs).toEqual({ least: 0n, likely: undefined, most: 60_000n });
    expect(unpriced).toEqual([]);
  });

  it('takes what a model reads at most for a text that is not written out', () => {
    const value = { kind: 'transform', output: 'x' };
    const { inputTokens } = of({ value, ask: ask({ prompt: 'About: ${ nodes.value.output }' }) });
    expect(Number(inputTokens.most)).toBeGreaterThan(5_000);
    expect(Number(inputTokens.likely)).toBeGreaterThan(250);
    expect(Number(inputTokens.likely)).toBeLessThan(300);
  });

  it('counts every attempt and every try at a model and its fallbacks into the most', () => {
    const more = deps(PRICE, { retries: 2, fallbacks: ['spare'] });
    const { calls, outputTokens } = of({ ask: ask({ retry: { attempts: 4 } }) }, more);
    expect(numbers(calls)).toEqual([1, 1, 4 * (3 + 2)]);
    expect(outputTokens.most).toBe(BigInt(4 * (3 * 100 + 2 * 200)));
  });

  it('takes no call for sure that may be skipped, or may fail while others go on', () => {
    expect(callsOf({ ask: ask({ when: 'true' }) })).toEqual([0, 1, 1]);
    expect(callsOf({ ask: ask({ onFailure: 'continue' }) })).toEqual([0, 1, 1]);
    expect(callsOf({ a: ask({ when: 'true' }), b: ask({ after: ['a'] }) })).toEqual([0, 2, 2]);
    expect(callsOf({ a: ask({ when: 'true' }), b: ask(), c: ask({ after: ['a', 'b'], join: 'any' }) })).toEqual([
      2, 3, 3,
    ]);
    const fallback = { a: ask({ onFailure: { fallback: 'b' } }), b: ask() };
    expect(callsOf(fallback)).toEqual([0, 1, 2]);
  });

  it('lies between the branches of a condition, and begins with none where none may hold', () => {
    const two = { nodes: { a: ask(), b: ask() } };
    const branches = [
      { when: 'true', ...asks },
      { when: 'false', nodes: { ...two.nodes, c: ask() } },
    ];
    expect(callsOf({ choose: { kind: 'condition', branches } })).toEqual([0, 2, 3]);
    expect(callsOf({ choose: { kind: 'condition', branches, otherwise: two } })).toEqual([1, 2, 3]);
  });

  it('counts the items of a list that is written out, and of another what the loop allows', () => {
    expect(callsOf({ each: { kind: 'loop', items: [1, 2, 3], ...asks } })).toEqual([3, 3, 3]);
    const list = { kind: 'transform', output: [1, 2] };
    const each = { kind: 'loop', items: '${ nodes.list.output }', maxIterations: 50, ...asks };
    expect(callsOf({ list, each })).toEqual([0, undefined, 50]);
    const plain = { ...each, nodes: { one: { kind: 'transform', output: 1 } } };
    expect(callsOf({ list, each: plain })).toEqual([0, 0, 0]);
  });

  it('needs only so many branches of a parallel node, and begins all of them', () => {
    const both = { branches: { a: asks, b: { nodes: { c: ask(), d: ask() } } } };
    expect(callsOf({ both: { kind: 'parallel', ...both } })).toEqual([3, 3, 3]);
    expect(callsOf({ both: { kind: 'parallel', ...both, merge: 'first' } })).toEqual([1, 3, 3]);
  });

  it('counts the vectors that the memories of an agent may need: none for sure, and one for each call of a turn at most', () => {
    const vectors = embeddingModel({ name: 'vectors', dimensions: 4, retries: 0 });
    const remembering: Partial<EstimateDeps> = {
      findAgent: (name) => agent({ name, maxTurns: 2, memories: ['facts', 'notes'] }),
      findEmbeddingModelOf: (memory) => (memory === 'facts' ? vectors : undefined),
    };
    const nodes = { a: { kind: 'agent', agent: 'ada', prompt: 'Hi' } };
    const alone = of(nodes, { ...remembering, findEmbeddingModelOf: () => undefined });
    const all = of(nodes, remembering);
    expect(numbers(alone.calls)).toEqual([1, 2, 2]);
    expect(numbers(all.calls)).toEqual([1, 3, 2 + 2 * 32]);
    expect(all.outputTokens).toEqual(alone.outputTokens);
    const perCall = mostCostOf({ input: 8_192 + 16 + 1_024, output: 0 }, PRICE);
    expect(all.costUsdMicros.most).toBe((alone.costUsdMicros.most ?? 0n) + 64n * perCall);
    const unpriced = of(nodes, { ...remembering, priceOf: ({ kind }) => (kind === 'text' ? PRICE : 'unknown') });
    expect(unpriced).toMatchObject({ unpriced: ['vectors'], costUsdMicros: { most: undefined } });
  });

  it('of a swarm counts the questions and the work of its strategy', () => {
    const swarm = (strategy: string, more: object = {}) => ({
      s: { kind: 'swarm', strategy, agents: ['ada', 'grace'], prompt: 'Hi', ...more },
    });
    // One member does the work that both were asked about.
    expect(callsOf(swarm('marketplace'))).toEqual([3, 3, 2 * 4 + 4]);
    // The lead's turns, and a task of the other for each call of each of them.
    expect(callsOf(swarm('hierarchical', { lead: 'ada' }))).toEqual([1, 2, 4 + 4 * 32 * 4]);
    expect(callsOf(swarm('consensus', { maxRounds: 3 }))).toEqual([4, 4, 3 * (4 + 4) * 2]);
    expect(callsOf(swarm('marketplace', { maxTurns: 1 }))).toEqual([3, 3, 3]);
  });

  it('has nothing of agents and models that are not registered', () => {
    const swarm = { kind: 'swarm', strategy: 'hierarchical', lead: 'ada', agents: ['ada', 'grace'], prompt: 'Hi' };
    const nodes = { a: ask(), b: { kind: 'agent', agent: 'ada', prompt: 'Hi' }, c: swarm };
    const nobody = { ...swarm, strategy: 'marketplace', lead: undefined };
    expect(numbers(of(nodes, { findModel: () => undefined }).calls)).toEqual([0, 0, 0]);
    expect(numbers(of({ b: nodes.b, c: swarm, d: nobody }, { findAgent: () => undefined }).calls)).toEqual([0, 0, 0]);
  });

  it('counts all that is sent: what the system is told, messages of both sides, a shape, a prompt that is no text', () => {
    const mostOf = (more: object) => Number(of({ ask: ask(more) }).inputTokens.most);
    const plain = mostOf({});
    const bytesOf = (value: object) => JSON.stringify(value).length;
    expect(mostOf({ system: 'Be brief.' }) - plain).toBe(bytesOf({ role: 'system', text: 'Be brief.' }) + 16);
    expect(mostOf({ outputSchema: { type: 'object' } })).toBeGreaterThan(plain);
    expect(mostOf({ prompt: { a: 1 } }) - plain).toBe('{\\"a\\":1}'.length - 'Hi'.length);
    const messages = [
      { role: 'user', text: 'Hi' },
      { role: 'assistant', text: 'Yes?' },
    ];
    const answer = bytesOf({ role: 'assistant', text: 'Yes?', toolCalls: [] });
    expect(mostOf({ prompt: undefined, messages }) - plain).toBe(answer + 16);
  });

  it('has no cost with a model of which nobody says what it costs, and names it; a free one costs nothing', () => {
    const { costUsdMicros, unpriced } = of({ a: ask(), b: ask({ model: 'spare' }) }, deps('unknown'));
    expect(costUsdMicros).toEqual({ least: 0n, likely: undefined, most: undefined });
    expect(unpriced).toEqual(['spare', 'test']);
    expect(of({ a: ask() }, deps('free')).costUsdMicros).toEqual({ least: 0n, likely: 0n, most: 0n });
  });

  it('takes the time of timeouts, retries and rounds, and no more than the budget', () => {
    const nodes = { a: ask({ limits: { timeoutMs: 100 } }), b: ask({ limits: { timeoutMs: 300 }, after: ['a'] }) };
    expect(of(nodes).wallMs.most).toBe(400n);
    expect(of(nodes, { budget: { maxWallMs: 350 } }).wallMs.most).toBe(350n);
    expect(of({ plain: { kind: 'transform', output: 1 } }).wallMs).toEqual({ least: 0n, likely: 0n, most: 0n });
  });

  it('says what a budget must have room for: the dearest call that has to be made', () => {
    const roomOf = (nodes: object) => of(nodes).room;
    const small = ask({ parameters: { maxOutputTokens: 10 } });
    const [one, ten] = [roomOf({ small }).usdMicros, roomOf({ large: ask() }).usdMicros];
    expect(ten - one).toBe(900n);
    expect(roomOf({ small, large: ask() })).toEqual({ usdMicros: ten, node: 'large' });
    expect(roomOf({ small, large: ask({ when: 'true' }) })).toEqual({ usdMicros: one, node: 'small' });
    const branches = [{ when: 'true', nodes: { small } }];
    expect(roomOf({ choose: { kind: 'condition', branches, otherwise: asks } }).usdMicros).toBe(one);
    expect(
      roomOf({ both: { kind: 'parallel', merge: 'first', branches: { a: asks, b: { nodes: { small } } } } }).usdMicros,
    ).toBe(one);
    expect(roomOf({ each: { kind: 'loop', items: [1], ...asks } }).usdMicros).toBe(ten);
    expect(roomOf({ each: { kind: 'loop', items: [], ...asks } }).usdMicros).toBe(0n);
    // Of a text that is not written out at least its frame is sent.
    const value = { kind: 'transform', output: 'x' };
    expect(roomOf({ value, ask: ask({ prompt: '${ nodes.value.output }' }) }).usdMicros).toBe(ten - 2n);
  });
});
