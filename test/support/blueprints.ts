import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { Blueprint } from '../../src/blueprint/blueprint.ts';
import type { Body, NodeSpec } from '../../src/blueprint/node.ts';

/** What an execution of a generated blueprint takes as its input. */
export interface GeneratedInput {
  readonly flag: boolean;
  readonly count: number;
  readonly text: string;
  readonly words: readonly string[];
}

const INPUT_SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    flag: { type: 'boolean' },
    count: { type: 'integer' },
    text: { type: 'string' },
    words: { type: 'array', items: { type: 'string' } },
  },
  required: ['flag', 'count', 'text', 'words'],
};

/** An input that fits every generated blueprint. */
export const arbitraryInput = (): fc.Arbitrary<GeneratedInput> =>
  fc.record({
    flag: fc.boolean(),
    count: fc.integer({ min: -5, max: 5 }),
    text: fc.string({ maxLength: 8 }),
    words: fc.array(fc.string({ maxLength: 4 }), { maxLength: 4 }),
  });

/**
 * A sound blueprint: every kind, nested, with `when`, `join`, `after`, `retry`, `limits`, failures that go on or fall
 * back. References lead to what is in scope and read nothing that may be absent, so that no evaluation can fail: what
 * fails in a simulated run, the simulation made fail. It compiles against `testRegistry()`. Shrinks to fewer, plainer nodes.
 */
export const arbitraryBlueprint = (
  options: { readonly depth?: number; readonly nodes?: number } = {},
): fc.Arbitrary<Blueprint> =>
  fc
    .record({
      nodes: recipes(options.depth ?? 3, options.nodes ?? 5),
      budget: fc.option(fc.record({ maxWallMs: fc.integer({ min: 3_600_000, max: 7_200_000 }) }), { nil: undefined }),
      output: fc.nat(),
    })
    .map(({ nodes, budget, output }) => {
      const body = assemble(nodes, { reads: INPUT_READS, names: { count: 0 }, depth: 0 }, output);
      return Blueprint.parse({ name: 'generated', input: INPUT_SCHEMA, ...(budget && { budget }), ...body });
    });

/** What is drawn at random of one node; `assemble` turns it into a node that fits its surroundings. */
interface Recipe {
  readonly kind: NodeSpec['kind'];
  /** Chooses among what may be read. */
  readonly picks: readonly number[];
  readonly when: 'never' | 'input' | 'earlier' | 'true' | undefined;
  readonly join: 'all' | 'any' | undefined;
  readonly after: boolean;
  readonly attempts: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly onFailure: 'fail' | 'continue' | 'fallback' | undefined;
  readonly onAbandon: 'retry' | 'fail' | undefined;
  readonly concurrency: number | undefined;
  readonly merge: 'all' | 'first' | 'atLeast' | undefined;
  readonly otherwise: boolean;
  readonly bodies: readonly (readonly Recipe[])[];
}

const LEAVES = ['transform', 'tool', 'code', 'llm', 'agent', 'swarm'] as const;
const COMPOSITES = ['condition', 'loop', 'parallel'] as const;
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });

const recipe = (depth: number, width: number): fc.Arbitrary<Recipe> =>
  fc.record({
    kind: fc.constantFrom<NodeSpec['kind'][]>(...LEAVES, ...(depth > 0 ? COMPOSITES : [])),
    picks: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
    when: maybe(fc.constantFrom('input', 'earlier', 'true', 'never')),
    join: maybe(fc.constantFrom('all', 'any')),
    after: fc.boolean(),
    attempts: maybe(fc.integer({ min: 1, max: 4 })),
    timeoutMs: maybe(fc.integer({ min: 1, max: 10_000 })),
    onFailure: maybe(fc.constantFrom('fail', 'continue', 'fallback')),
    onAbandon: maybe(fc.constantFrom('retry', 'fail')),
    concurrency: maybe(fc.integer({ min: 1, max: 4 })),
    merge: maybe(fc.constantFrom('all', 'first', 'atLeast')),
    otherwise: fc.boolean(),
    bodies:
      depth > 0
        ? fc.array(recipes(depth - 1, Math.max(1, width - 2)), { minLength: 1, maxLength: 3 })
        : fc.constant([]),
  });

const recipes = (depth: number, width: number): fc.Arbitrary<readonly Recipe[]> =>
  fc.array(recipe(depth, width), { maxLength: width });

/** Where a body stands: what it may read, and the names given so far in the whole blueprint. */
interface Surroundings {
  readonly reads: readonly Read[];
  readonly names: { count: number };
  readonly depth: number;
}

/** An expression that is in scope. */
interface Read {
  readonly expression: string;
  readonly isList?: boolean;
  /** A condition that is in scope wherever the expression is. */
  readonly holds: string;
  /** It may be null: nothing may be read below it. */
  readonly mayBeNull?: boolean;
  readonly member?: string;
}

const INPUT_READS: readonly Read[] = [
  { expression: 'input.text', holds: "input.text == 'x'" },
  { expression: 'input.words', isList: true, holds: 'size(input.words) > 1' },
  { expression: 'input.count', holds: 'input.count > 0' },
];

function assemble(nodes: readonly Recipe[], place: Surroundings, output: number): Body {
  const made: Record<string, NodeSpec> = {};
  const reads = [...place.reads];
  for (const drawn of nodes) {
    const name = nextName(place, drawn.kind);
    const fallback = drawn.onFailure === 'fallback' ? nextName(place, 'code') : undefined;
    made[name] = assembleNode(drawn, { ...place, reads: [...reads] }, { siblings: Object.keys(made), fallback });
    if (fallback !== undefined) {
      made[fallback] = { kind: 'code', source: 'return input;', input: { why: `\${ nodes.${name}.failure.message }` } };
    } else {
      reads.push(readOf(name, drawn));
    }
  }
  return { nodes: made, output: { last: template(pick(reads, output).expression), plain: 1 } };
}

const nextName = ({ names }: Surroundings, kind: string): string => `${kind}_${(names.count += 1)}`;

const readOf = (name: string, { kind, onFailure, when }: Recipe): Read => ({
  expression: `nodes.${name}.output`,
  holds: `nodes.${name}.output != null`,
  mayBeNull: onFailure === 'continue' || when !== undefined,
  ...(kind === 'transform' && { member: 'value' }),
});

interface Siblings {
  readonly siblings: readonly string[];
  readonly fallback: string | undefined;
}

function assembleNode(drawn: Recipe, place: Surroundings, { siblings, fallback }: Siblings): NodeSpec {
  const before = siblings[(drawn.picks[0] ?? 0) % Math.max(1, siblings.length)];
  const common = {
    ...(drawn.when && { when: whenOf(drawn, place) }),
    ...(drawn.join && { join: drawn.join }),
    ...(drawn.after && before !== undefined && { after: [before] }),
    ...(drawn.attempts !== undefined && {
      retry: { attempts: drawn.attempts, ...(drawn.attempts > 1 && { delayMs: drawn.attempts * 10 }) },
    }),
    ...(drawn.timeoutMs !== undefined && { limits: { timeoutMs: drawn.timeoutMs } }),
    ...(drawn.onFailure && { onFailure: fallback === undefined ? failureMode(drawn) : { fallback } }),
    ...(drawn.onAbandon && { onAbandon: drawn.onAbandon }),
  };
  const value = valueOf(drawn, place);
  switch (drawn.kind) {
    case 'transform':
      return { kind: 'transform', ...common, output: { value } };
    case 'tool':
      return { kind: 'tool', ...common, tool: 'text.template', input: { template: 'Hello, {name}!', name: value } };
    case 'code':
      return { kind: 'code', ...common, source: 'return input;', input: value };
    case 'llm':
      return { kind: 'llm', ...common, model: 'test', prompt: value };
    case 'agent':
      return { kind: 'agent', ...common, agent: 'ada', prompt: value };
    case 'swarm':
      return { kind: 'swarm', ...common, strategy: 'consensus', agents: ['ada', 'grace'], prompt: value };
    case 'condition':
      return { kind: 'condition', ...common, ...conditionOf(drawn, place) };
    case 'loop':
      return { kind: 'loop', ...common, ...loopOf(drawn, place) };
    case 'parallel':
      return { kind: 'parallel', ...common, ...parallelOf(drawn, place) };
  }
}

const failureMode = ({ onFailure }: Recipe): 'fail' | 'continue' => (onFailure === 'continue' ? 'continue' : 'fail');

const template = (expression: string): string => `\${ ${expression} }`;
const pick = (reads: readonly Read[], at: number): Read =>
  reads[at % reads.length] ?? { expression: 'input.text', holds: 'true' };

function whenOf({ when, picks }: Recipe, { reads }: Surroundings): string {
  if (when === 'true' || when === 'never') return String(when === 'true');
  return when === 'input' ? '${ input.flag }' : pick(reads, picks.at(-1) ?? 0).holds;
}

/** A member is read only where the value is certain to be there: `join: any` runs although it may have been skipped. */
function valueOf({ picks, join }: Recipe, { reads }: Surroundings): Json {
  const parts = picks.map((at) => {
    const read = pick(reads, at);
    const deep = read.member !== undefined && read.mayBeNull !== true && join !== 'any' && at % 2 === 0;
    return template(deep ? `${read.expression}.${read.member}` : read.expression);
  });
  return parts.length === 1 ? (parts[0] ?? null) : parts;
}

const below = (place: Surroundings, more: readonly Read[] = []): Surroundings => ({
  ...place,
  depth: place.depth + 1,
  reads: [...place.reads, ...more],
});

function conditionOf({ bodies, picks, otherwise }: Recipe, place: Surroundings) {
  const branches = bodies.map((nodes, at) => ({
    when: at % 2 === 0 ? pick(place.reads, (picks[0] ?? 0) + at).holds : '${ input.flag }',
    ...assemble(nodes, below(place), at),
  }));
  return { branches, ...(otherwise && { otherwise: { output: 'none held' } }) };
}

function loopOf({ bodies, picks, concurrency, otherwise }: Recipe, place: Surroundings) {
  const as = `item_${place.depth}`;
  const list = place.reads.find(({ isList }) => isList === true)?.expression;
  const items: Json =
    otherwise && list !== undefined ? template(list) : ['one', template('input.count'), 3].slice((picks[0] ?? 0) % 4);
  const locals: readonly Read[] = [
    { expression: as, holds: 'index < 2' },
    { expression: 'index', holds: 'index > 0' },
  ];
  return {
    items,
    as,
    maxIterations: 10,
    ...(concurrency !== undefined && { concurrency }),
    ...assemble(bodies[0] ?? [], below(place, locals), picks[0] ?? 0),
  };
}

function parallelOf({ bodies, merge, concurrency, picks }: Recipe, place: Surroundings) {
  const branches = bodies.map((nodes, at): [string, Body] => [`branch_${at}`, assemble(nodes, below(place), at)]);
  const atLeast = 1 + ((picks[0] ?? 0) % branches.length);
  return {
    branches: Object.fromEntries(branches),
    ...(merge && { merge: merge === 'atLeast' ? { atLeast } : merge }),
    ...(concurrency !== undefined && { maxConcurrency: concurrency }),
  };
}
