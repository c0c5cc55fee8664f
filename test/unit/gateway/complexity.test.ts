import fc from 'fast-check';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { complexityOf } from '../../../src/gateway/complexity.ts';
import { fieldPairsOf } from '../../../src/gateway/field-pairs.ts';
import { schema } from '../../../src/gateway/schema/index.ts';

const of = (query: string, rest: { variables?: Record<string, unknown>; operationName?: string } = {}): number =>
  complexityOf(schema, { document: parse(query), ...rest });

describe('The complexity of an operation', () => {
  it('is the number of objects that its answer may have', () => {
    expect(of('{ viewer { subject scopes } }')).toBe(1);
    expect(of('{ a: viewer { subject } b: viewer { subject } }')).toBe(2);
    // The connection, its page info, and ten edges with their nodes.
    expect(of('{ blueprints(first: 10) { pageInfo { hasNextPage } edges { node { name } } } }')).toBe(2 + 10 * 2);
    expect(of('{ blueprints { edges { cursor } } }')).toBe(1 + 20);
    expect(of('{ tools { name } }')).toBe(10);
    expect(of('{ nodes(ids: ["a", "b", "c"]) { id } }')).toBe(3);
  });

  it('counts what lies within lists for each of their items', () => {
    const query = '{ executions(first: 5) { edges { node { events(last: 7) { edges { node { sequence } } } } } } }';
    expect(of(query)).toBe(1 + 5 * (1 + 1 + 1 + 7 * 2));
  });

  it('follows variables, their defaults and fragments', () => {
    const query = `query A($n: Int = 3, $ids: [ID!]!) { ...F nodes(ids: $ids) { id } }
      fragment F on Query { blueprints(first: $n) { ... on QueryBlueprintsConnection { edges { cursor } } edges { cursor } } }`;
    expect(of(query, { variables: { ids: ['a'] } })).toBe(1 + 3 + 1);
    expect(of(query, { variables: { ids: ['a', 'b'], n: 30 } })).toBe(1 + 30 + 2);
    const two = 'query A { viewer { subject } } query B { tools { name } }';
    expect(of(two, { operationName: 'B' })).toBe(10);
  });

  it('counts mutations, and fields that say so, for more', () => {
    expect(of('mutation { pauseExecution(input: { id: "x" }) { __typename } }')).toBe(10 + 1);
    expect(of('{ validateBlueprint(source: "") { issues { message } } }')).toBe(50 + 1 + 10);
    expect(schema.getQueryType()?.getFields()['validateBlueprint']?.description).toContain('Complexity: 50 more.');
  });

  it('is nothing for what validation refuses afterwards', () => {
    expect(of('{ nothing { at { all } } }')).toBe(0);
    expect(of('{ ...F } fragment F on Query { viewer { subject } ...F }')).toBe(1);
    expect(of('query A { viewer { subject } }', { operationName: 'B' })).toBe(0);
  });

  it('never falls with the size of a page', () => {
    const page = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(page, page, fc.integer({ min: 1, max: 100 }), (outer, inner, more) => {
        const query =
          'query A($o: Int, $i: Int) { executions(first: $o) { edges { node { events(first: $i) { edges { cursor } } } } } }';
        const less = of(query, { variables: { o: outer, i: inner } });
        expect(of(query, { variables: { o: outer + more, i: inner } })).toBeGreaterThan(less);
        expect(of(query, { variables: { o: outer, i: inner + more } })).toBeGreaterThan(less);
      }),
    );
  });
});

const pairs = (query: string): number => fieldPairsOf(parse(query), 10_000);

describe('The comparisons that a document asks of its validation', () => {
  it('are those of the fields that come to one place', () => {
    expect(pairs('{ a b c { d e } }')).toBe(0);
    expect(pairs('{ a a a }')).toBe(3);
    expect(pairs('{ a { x x } a { x x } }')).toBe(1 + 6);
    expect(pairs('{ a { x } ... on Q { a { x } } ...F } fragment F on Q { a { x } }')).toBe(3 + 3);
    expect(pairs('{ one: a { x } two: a { x } }')).toBe(0);
  });

  it('are none of a fragment that is spread again, nor of one within itself', () => {
    expect(pairs(`{ ${'...F '.repeat(500)} } fragment F on Q { a }`)).toBe(0);
    expect(pairs('{ ...F } fragment F on Q { a ...G } fragment G on Q { b ...F }')).toBe(0);
  });

  it('are too many to count where fragments that nobody uses come to too many fields', () => {
    const fragments = Array.from(
      { length: 40 },
      (_, n) => `fragment F${n} on Q { a { ...F${n + 1} } b { ...F${n + 1} } }`,
    );
    expect(pairs(`{ a } ${fragments.join(' ')} fragment F40 on Q { a }`)).toBe(Infinity);
  });
});
