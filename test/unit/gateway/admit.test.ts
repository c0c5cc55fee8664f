import { describe, expect, it } from 'vitest';
import { createAdmit, DEFAULT_OPERATION_LIMITS } from '../../../src/gateway/admit.ts';
import { schema } from '../../../src/gateway/schema/index.ts';

const viewer = { onlyExecution: undefined };
const admit = createAdmit(schema, DEFAULT_OPERATION_LIMITS);
const refused = (answer: ReturnType<typeof admit>) => (answer.ok ? undefined : answer.error);
const refusalOf = (query: string, rest: object = {}) => refused(admit({ query, ...rest }, viewer))?.message;
const nested = (levels: number): string => '{a'.repeat(levels) + '}'.repeat(levels);

describe('An operation', () => {
  it('is admitted when it stays within every limit', () => {
    expect(refusalOf('{ blueprints(first: 100) { edges { node { id } } } }')).toBeUndefined();
  });

  it('is refused beyond the depth, fragments included', () => {
    expect(refusalOf(nested(16))).toBeUndefined();
    expect(refusalOf(nested(17))).toContain('17 levels deep');
    expect(refusalOf(`{ ...F } fragment F on Query ${nested(17)}`)).toContain('17 levels deep');
    expect(refusalOf(`{ ... { ... ${nested(17)} } }`)).toContain('17 levels deep');
  });

  it('is refused beyond 200 selections within each other, whatever they are made of', () => {
    const chain = (length: number): string => {
      const fragments = Array.from({ length }, (_, n) => `fragment F${n} on Query { ...F${n + 1} }`);
      return `{ ...F0 } ${fragments.join(' ')} fragment F${length} on Query { a }`;
    };
    expect(refusalOf(chain(198))).not.toContain('within each other');
    expect(refusalOf(chain(199))).toContain('at most 200 selections within each other');
    expect(refusalOf(`${'{ ... '.repeat(199)}{ a }${'}'.repeat(199)}`)).toBeUndefined();
    expect(refusalOf(`${'{ ... '.repeat(200)}{ a }${'}'.repeat(200)}`)).toContain('at most 200');
  });

  it('is refused when spreading fragments makes it long', () => {
    const fragments = Array.from({ length: 12 }, (_, n) => `fragment F${n} on Q { ...F${n + 1} ...F${n + 1} }`);
    expect(refusalOf(`{ ...F0 } ${fragments.join(' ')} fragment F12 on Q { a b }`)).toContain('8192 fields long');
  });

  it('is not caught in fragments that spread themselves', () => {
    expect(refusalOf('{ ...F } fragment F on Query { a ...F }')).toBeUndefined();
  });

  it('is refused for too many aliases or directives', () => {
    const many = (text: (n: number) => string): string => Array.from({ length: 51 }, (_, n) => text(n)).join(' ');
    expect(refusalOf(`{ ${many((n) => `a${n}: viewer`)} }`)).toContain('51 aliases');
    expect(refusalOf(`{ viewer ${many(() => '@skip(if: false)')} }`)).toContain('51 directives');
    expect(refusalOf(`{ viewer: viewer }`)).toBeUndefined();
  });

  it('is refused for pages that are too large, by literal, variable or default', () => {
    expect(refusalOf('{ blueprints(first: 101) { edges { cursor } } }')).toContain('blueprints(first: 101)');
    const byVariable = 'query Q($n: Int) { blueprints(last: $n) { edges { cursor } } }';
    expect(refusalOf(byVariable, { variables: { n: 101 } })).toContain('last: 101');
    expect(refusalOf(byVariable, { variables: { n: 100 } })).toBeUndefined();
    expect(refusalOf('query Q($n: Int = 500) { blueprints(first: $n) { edges { cursor } } }')).toContain('500');
    expect(refusalOf('{ ...F } fragment F on Query { blueprints(first: 101) { edges { cursor } } }')).toContain('101');
  });

  it('is refused when it has too many tokens or cannot be parsed', () => {
    expect(refusalOf(`{ ${'a '.repeat(10_001)} }`)).toContain('10000 tokens');
    expect(refused(admit({ query: '{' }, viewer))?.extensions['code']).toBe('GRAPHQL_PARSE_FAILED');
  });

  it('must be named when there are several', () => {
    const query = 'query A { viewer { subject } } query B { viewer { scopes } }';
    expect(refusalOf(query)).toContain('several operations');
    expect(refusalOf(query, { operationName: 'A' })).toBeUndefined();
    expect(refusalOf(query, { operationName: 'C' })).toContain('names no operation');
  });

  it('may introspect only where that is on, and then as deep as it likes', () => {
    const query = `{ __schema { types ${nested(18)} } }`;
    expect(refusalOf(query)).toBeUndefined();
    const strict = createAdmit(schema, { ...DEFAULT_OPERATION_LIMITS, introspection: false });
    expect(refused(strict({ query }, viewer))?.message).toContain('Introspection is off');
    expect(refused(strict({ query: '{ __typename }' }, viewer))).toBeUndefined();
    expect(
      refused(strict({ query: '{ ...F } fragment F on Query { __type(name: "A") { name } }' }, viewer)),
    ).toBeDefined();
  });
});
