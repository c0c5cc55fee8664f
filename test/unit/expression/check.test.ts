import { describe, expect, it } from 'vitest';
import { checkExpression, checkTemplate } from '../../../src/expression/check.ts';
import { typeFromSchema, typeOfJson } from '../../../src/expression/type-from-schema.ts';
import * as types from '../../../src/expression/types.ts';

const scope: types.TypeScope = {
  roots: {
    input: typeFromSchema({
      type: 'object',
      properties: {
        name: { type: 'string' },
        n: { type: 'integer' },
        ratio: { type: 'number' },
        flag: { type: 'boolean' },
        tags: { type: 'array', items: { type: 'string' } },
        any: {},
        nothing: { type: 'null' },
        open: { type: 'object', properties: { a: { type: 'string' } } },
        counts: { type: 'object', additionalProperties: { type: 'number' } },
      },
      additionalProperties: false,
    }),
    nodes: types.closedObject({
      fetch: types.closedObject({
        output: types.closedObject({
          url: types.STRING,
          items: types.listOf(types.closedObject({ risky: types.BOOL })),
        }),
      }),
    }),
    index: types.NUMBER,
  },
};

/** The kind of an expression's type, or what is wrong with it. */
function check(source: string): string {
  const checked = checkExpression(source, scope);
  return checked.ok ? checked.value.kind : checked.error.map((each) => each.message).join(' ');
}

describe('the type of an expression', () => {
  it.each<[string, string]>([
    ['input.name', 'string'],
    ['${ input.name }', 'string'],
    ['input["name"]', 'string'],
    ['input.n + 1', 'number'],
    ['input.n * input.ratio', 'number'],
    ['input.n / 2 - 1 % 2', 'number'],
    ['-input.n', 'number'],
    ['!input.flag', 'bool'],
    ['input.flag && input.n > 1', 'bool'],
    ['input.flag || false', 'bool'],
    ['input.any && true', 'bool'],
    ['input.name + "x"', 'string'],
    ['input.any + "x"', 'string'],
    ['input.any + input.any', 'dyn'],
    ['input.any * input.any', 'number'],
    ['input.tags + ["x"]', 'list'],
    ['b"a" + b"b"', 'bytes'],
    ['input.name == "x"', 'bool'],
    ['input.name != null', 'bool'],
    ['input.n < 3', 'bool'],
    ['input.any < 3', 'bool'],
    ['"a" in input.tags', 'bool'],
    ['"a" in input', 'bool'],
    ['input.tags[0]', 'string'],
    ['input.tags[index]', 'string'],
    ['input.tags[input.any]', 'string'],
    ['input[input.name]', 'dyn'],
    ['input.counts[input.name]', 'number'],
    ['input.counts.whatever', 'number'],
    ['input.open.a', 'string'],
    ['input.open.b', 'dyn'],
    ['input.any.x.y', 'dyn'],
    ['input.nothing.x', 'dyn'],
    ['input.flag ? 1 : 2', 'number'],
    ['input.flag ? 1 : "a"', 'dyn'],
    ['input.flag ? [1] : ["a"]', 'list'],
    ['input.flag ? {"a": 1} : {"b": 2}', 'object'],
    ['input.flag ? optional.of(1) : optional.of(2)', 'optional'],
    ['size(input.tags)', 'number'],
    ['input.tags.size()', 'number'],
    ['input.name.startsWith("a")', 'bool'],
    ['input.name.matches("a")', 'bool'],
    ['matches(input.name, "a")', 'bool'],
    ['input.name.split(",")', 'list'],
    ['input.tags.join(",")', 'string'],
    ['string(input.n)', 'string'],
    ['dyn(input.n)', 'dyn'],
    ['type(1)', 'type'],
    ['type(1) == int', 'bool'],
    ['google.protobuf.Timestamp', 'dyn'],
    ['timestamp(input.name)', 'timestamp'],
    ['timestamp(input.name) - timestamp(input.name)', 'duration'],
    ['timestamp(input.name) + duration("1s")', 'timestamp'],
    ['timestamp(input.name) - duration("1s")', 'timestamp'],
    ['duration("1s") + duration("1s")', 'duration'],
    ['timestamp(input.name) - input.any', 'dyn'],
    ['timestamp(input.name) < timestamp(input.name)', 'bool'],
    ['input.tags.map(t, size(t))', 'list'],
    ['input.tags.map(t, t > "a", size(t))[0]', 'number'],
    ['input.tags.filter(t, t > "a")[0]', 'string'],
    ['input.tags.all(t, t > "a")', 'bool'],
    ['input.counts.map(k, k)[0]', 'string'],
    ['input.any.exists(x, x.y)', 'bool'],
    ['nodes.fetch.output.items.exists(p, p.risky)', 'bool'],
    ['cel.bind(x, input.n, x + 1)', 'number'],
    ['has(input.nope)', 'bool'],
    ['has(input.open.a)', 'bool'],
    ['input.?name', 'optional'],
    ['input.?nope', 'optional'],
    ['input.?open.a', 'optional'],
    ['input[?"name"]', 'optional'],
    ['input.?name.orValue("d")', 'string'],
    ['input.?nope.orValue("d")', 'dyn'],
    ['input.?name.hasValue()', 'bool'],
    ['input.?name.value()', 'string'],
    ['input.?name.or(optional.of("x"))', 'optional'],
    ['optional.of(1).orValue(2)', 'number'],
    ['optional.none()', 'optional'],
    ['[1, "a"]', 'list'],
    ['[]', 'list'],
    ['{"a": 1}.a', 'number'],
    ['{input.name: 1}', 'object'],
    ['null', 'null'],
    ['1u', 'number'],
    ['true', 'bool'],
  ])('%s is %s', (source, kind) => {
    expect(check(source)).toBe(kind);
  });

  it.each<[string, string]>([
    ['input.nam', '"input" has no member "nam"; it has: name, n, ratio, flag, tags, any, nothing, open, counts.'],
    ['nodes.fetch.output.foo', '"nodes.fetch.output" has no member "foo"; it has: url, items.'],
    ['nodes.fetsh.output', '"nodes" has no member "fetsh"; it has: fetch.'],
    ['nodes.fetch.output.items.exists(p, p.rusky)', '"p" has no member "rusky"; it has: risky.'],
    ['{}.a', '"{}" has no member "a"; it has none.'],
    ['other.x', 'There is no "other" here; there are: input, nodes, index.'],
    ['input.name.first', '"input.name" is a string: it has no members.'],
    ['input.tags["a"]', 'A list has no members by name: read an item by its number, or use map or filter.'],
    ['input.name + 1', '+ cannot work on a string and a number. string(...) makes text of a number.'],
    ['input.flag - 1', '- cannot work on a bool and a number.'],
    ['input.flag * input.any', '* cannot work on a bool and a value of any type.'],
    [
      'timestamp(input.name) + timestamp(input.name)',
      'No such overload: google.protobuf.Timestamp + google.protobuf.Timestamp.',
    ],
    [
      'duration("1s") - timestamp(input.name)',
      'No such overload: google.protobuf.Duration - google.protobuf.Timestamp.',
    ],
    ['input.n > "a"', '> cannot work on a number and a string. string(...) makes text of a number.'],
    ['input.tags > input.any', '> cannot work on a list and a value of any type.'],
    ['input.n == "a"', 'A number is never equal to a string.'],
    ['input.n ? 1 : 2', '"input.n" is a number, but a bool is needed here.'],
    ['!input.name', '"input.name" is a string, but a bool is needed here.'],
    ['-input.name', '"input.name" is a string, but a number is needed here.'],
    ['input.name || input.flag', '"input.name" is a string, but a bool is needed here.'],
    ['"a" in input.n', '"in" looks into a list or an object, and this is a number.'],
    ['input.name.map(x, x)', '"input.name" is a string, and no list.'],
    ['input.n.join(",")', '"join" cannot be called on a number with a string.'],
    ['size(input.n)', '"size" cannot be called with a number.'],
    ['input.n.size()', '"size" cannot be called on a number with nothing.'],
    ['input.name.startsWith(input.n)', '"startsWith" cannot be called on a string with a number.'],
    ['1 +', 'Unexpected token: EOF.'],
    ['${ a } b', 'This must be one expression: bare, or in one ${ }. Text cannot stand beside it.'],
  ])('%s cannot be: %s', (source, message) => {
    expect(check(source)).toBe(message);
  });

  it('says where the fault is, and each one once', () => {
    const checked = checkExpression('input.a.b > 0 && size(input.c) > input.name', scope);
    expect(checked).toMatchObject({
      ok: false,
      error: [
        { start: 0, end: 7, message: expect.stringContaining('"a"') as unknown },
        { start: 22, end: 29, message: expect.stringContaining('"c"') as unknown },
        { start: 17, end: 43, message: expect.stringContaining('> cannot work on a number and a string') as unknown },
      ],
    });
  });

  it('knows what a transform makes, so that its readers can be checked', () => {
    const checked = checkTemplate(
      {
        url: '${ nodes.fetch.output.url }',
        text: 'n = ${ input.n }',
        list: [1, '${ input.n }'],
        deep: { a: true, b: null },
        none: [],
      },
      scope,
    );
    expect(checked.faults).toEqual([]);
    expect(checked.type).toEqual(
      types.closedObject({
        url: types.STRING,
        text: types.STRING,
        list: types.listOf(types.NUMBER),
        deep: types.closedObject({ a: types.BOOL, b: types.NULL }),
        none: types.listOf(types.DYN),
      }),
    );
  });

  it('tells the faults of a template with their places', () => {
    const { faults } = checkTemplate({ a: ['x ${ input.nope }'], 'b/c': '${ other }', d: '${ open' }, scope);
    expect(faults.map((each) => each.pointer)).toEqual(['/a/0', '/b~1c', '/d']);
  });
});

describe('a type', () => {
  it.each<[string, unknown, types.ExpressionType]>([
    ['a constant', { const: 'a' }, types.STRING],
    ['choices of one type', { enum: [1, 2] }, types.NUMBER],
    ['choices of several types', { enum: [1, 'a'] }, types.DYN],
    ['no choice', { enum: [] }, types.DYN],
    ['alternatives', { anyOf: [{ type: 'string' }, { type: 'string' }] }, types.STRING],
    ['one of several', { oneOf: [{ type: 'string' }, { type: 'null' }] }, types.DYN],
    ['several at once', { type: 'object', allOf: [{}] }, types.DYN],
    ['several types', { type: ['string', 'null'] }, types.DYN],
    ['an unknown type', { type: 'strange' }, types.DYN],
    ['a list of anything', { type: 'array' }, types.listOf(types.DYN)],
    ['a reference', { $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'boolean' } } }, types.BOOL],
    ['a reference to nowhere', { $ref: '#/$defs/x' }, types.DYN],
    ['a reference to elsewhere', { $ref: 'https://a.test/x' }, types.DYN],
    ['a reference to itself', { $ref: '#' }, types.DYN],
    ['true', true, types.DYN],
    ['nothing', undefined, types.DYN],
    [
      'a closed object',
      { type: 'object', additionalProperties: false, required: ['a', 1] },
      { ...types.closedObject({}), required: ['a'] },
    ],
    [
      'an object with patterns',
      { type: 'object', additionalProperties: false, patternProperties: {} },
      { kind: 'object', members: {}, rest: types.DYN, required: [] },
    ],
  ])('is made from a schema: %s', (_name, schema, type) => {
    expect(typeFromSchema(schema as Parameters<typeof typeFromSchema>[0])).toEqual(type);
  });

  it('is made from a value', () => {
    expect(typeOfJson({ a: [1, 2], b: [1, 'x'], c: null, d: true })).toEqual(
      types.closedObject({ a: types.listOf(types.NUMBER), b: types.listOf(types.DYN), c: types.NULL, d: types.BOOL }),
    );
  });

  it('does not take inherited members for its own', () => {
    expect(types.memberType(types.closedObject({}), 'constructor')).toBeUndefined();
  });

  it('says what of a value does not fit where it is to stand', () => {
    const expected = typeFromSchema({
      type: 'object',
      properties: { a: { type: 'string' }, 'l/m': { type: 'array', items: { type: 'number' } }, t: { type: 'string' } },
      required: ['a', 'missing'],
      additionalProperties: false,
    });
    const actual = types.closedObject({
      a: types.NUMBER,
      'l/m': types.listOf(types.STRING),
      t: types.TIMESTAMP,
      extra: types.DYN,
    });
    expect(types.mismatchesOf(actual, expected)).toEqual([
      { pointer: '', message: 'The member "missing" is missing.' },
      { pointer: '/a', message: 'This is a number, but a string is expected.' },
      { pointer: '/l~1m/-', message: 'This is a string, but a number is expected.' },
      { pointer: '/extra', message: 'There is no member "extra" here; there are: a, l/m, t.' },
    ]);
    expect(types.mismatchesOf(types.closedObject({ a: types.NULL }), types.closedObject({}))).toEqual([
      { pointer: '/a', message: 'There is no member "a" here; there are: none.' },
    ]);
    expect(types.mismatchesOf(types.DYN, expected)).toEqual([]);
    expect(types.mismatchesOf({ kind: 'optional', value: types.NUMBER }, types.STRING)).toEqual([]);
  });
});
