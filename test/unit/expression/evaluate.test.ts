import { describe, expect, it } from 'vitest';
import type { EvaluationContext } from '../../../src/expression/template.ts';
import { parseExpression } from '../../../src/expression/parse.ts';

const context: EvaluationContext = {
  input: { n: 5, half: 0.5, name: 'Ada', tags: ['a', 'b'], nothing: null, deep: { list: [{ x: 1 }] }, constructor: 7 },
  nodes: {
    fetch: { output: { url: 'https://a.test', status: 200 } },
    skipped: { output: null },
    failed: { output: null, failure: { reason: 'threw', message: 'no luck' } },
  },
  dep: { licence: 'GPL-3.0' },
  index: 2,
};

/** The value of an expression, or the message of its failure or fault. */
function evaluate(source: string, given: EvaluationContext = context): unknown {
  const parsed = parseExpression(source);
  if (!parsed.ok) return `fault: ${parsed.error.map((each) => each.message).join(' ')}`;
  const evaluated = parsed.value.evaluate(given);
  return evaluated.ok ? evaluated.value : `failure: ${evaluated.error.message}`;
}

describe('an expression', () => {
  it.each<[string, unknown]>([
    // literals and lists
    ['1', 1],
    ['-1', -1],
    ['0x10', 16],
    ['1.5e3', 1500],
    ['"a\\n"', 'a\n'],
    ["r'\\n'", '\\n'],
    ['true', true],
    ['null', null],
    ['[1, "a", null]', [1, 'a', null]],
    ['{"a": 1, "b": [true]}', { a: 1, b: [true] }],
    ['{}', {}],
    ['[]', []],
    // arithmetic and comparison
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['7 / 2', 3],
    ['7 % 2', 1],
    ['7.0 / 2.0', 3.5],
    ['"a" + "b"', 'ab'],
    ['[1] + [2]', [1, 2]],
    ['1 < 2 && 2 <= 2', true],
    ['"a" < "b"', true],
    ['1 == 1.0', true],
    ['1 != 2', true],
    ['[1, 2] == [1, 2]', true],
    ['{"a": 1} == {"a": 1}', true],
    ['{"a": 1} == {"a": 2}', false],
    ['2 in [1, 2]', true],
    ['"a" in {"a": 1}', true],
    ['!true', false],
    ['true ? 1 : 2', 1],
    ['false || true', true],
    // functions and macros
    ['size("äö")', 2],
    ['size([1, 2])', 2],
    ['size({"a": 1})', 1],
    ['"abc".startsWith("a")', true],
    ['"abc".endsWith("c")', true],
    ['"abc".contains("b")', true],
    ['"a,b".split(",")', ['a', 'b']],
    ['["a", "b"].join("-")', 'a-b'],
    ['"Abc".lowerAscii()', 'abc'],
    ['"abc".substring(1)', 'bc'],
    ['int("3")', 3],
    ['double("1.5")', 1.5],
    ['string(3)', '3'],
    ['bool("true")', true],
    ['type(1) == int', true],
    ['[1, 2, 3].map(x, x * 2)', [2, 4, 6]],
    ['[1, 2, 3].map(x, x > 1, x * 2)', [4, 6]],
    ['[1, 2, 3].filter(x, x > 1)', [2, 3]],
    ['[1, 2].all(x, x > 0)', true],
    ['[1, 2].exists(x, x > 1)', true],
    ['[1, 2].exists_one(x, x > 1)', true],
    ['{"a": 1, "b": 2}.map(key, key)', ['a', 'b']],
    ['cel.bind(x, 2, x * x)', 4],
    ['has({"a": 1}.a)', 'fault: Has() invalid argument.'],
    ['optional.of(1).orValue(2)', 1],
    ['optional.none()', null],
    ['optional.of(3)', 3],
    // values that JSON has not
    ['timestamp("2024-01-02T03:04:05Z")', '2024-01-02T03:04:05.000Z'],
    ['timestamp("2024-01-02T00:00:00Z") + duration("1h")', '2024-01-02T01:00:00.000Z'],
    ['timestamp("2024-01-02T00:00:00Z").getFullYear("UTC")', 2024],
    ['duration("90s")', '90s'],
    ['b"abc"', 'YWJj'],
    ['size(b"abc")', 3],
    ['7u', 7],
    ['type("a")', 'string'],
  ])('%s is %j', (source, value) => {
    expect(evaluate(source)).toEqual(value);
  });

  it.each<[string, unknown]>([
    ['input.n > 3', true],
    ['input.n > 3.5', true],
    ['input.n * 2', 10],
    ['input.n * 1.5', 7.5],
    ['2 * input.n + 1', 11],
    ['input.n - 1', 4],
    ['1 - input.n', -4],
    ['input.n / 2', 2.5],
    ['10 / input.n', 2],
    ['input.n % 2', 1],
    ['7 % input.n', 2],
    ['input.n % input.n', 0],
    ['input.n == 5', true],
    ['5 == input.n', true],
    ['input.n in [1, 5]', true],
    ['-input.n', -5],
    ['input.n + size(input.tags)', 7],
    ['input.tags[index - 1]', 'b'],
    ['string(input.n)', '5'],
    ['int(input.half)', 0],
    ['input.half + input.n', 5.5],
    ['input.half % 2', 'failure: % needs whole numbers.'],
    ['input.n % 0', 'failure: Modulo by zero.'],
    ['1.0 / 0.0', 'failure: The result is Infinity, which JSON cannot carry.'],
    ['1 / 0', 'failure: Division by zero.'],
    [
      '9007199254740993',
      'failure: The result is 9007199254740993, a whole number beyond 2^53: make it a string with string(...).',
    ],
    ['9223372036854775807 + 1', 'failure: Integer overflow: 9223372036854775808.'],
    [
      '"abc".substring(input.n)',
      "failure: Found no matching overload for 'string.substring(double)'. A number of JSON is a double: int(...) makes it whole.",
    ],
  ])('takes numbers of JSON without ceremony: %s is %j', (source, value) => {
    expect(evaluate(source)).toEqual(value);
  });

  it.each<[string, unknown]>([
    ['input.name', 'Ada'],
    ['input["name"]', 'Ada'],
    ['input', context['input']],
    ['input.deep.list[0].x', 1],
    ['input.nothing == null', true],
    ['input.n == null', false],
    ['input.n == "5"', false],
    ['dep.licence.startsWith("GPL")', true],
    ['has(input.name)', true],
    ['has(input.nope)', false],
    ['input.?nope.orValue("d")', 'd'],
    ['input.nothing == null ? input.name : null', 'Ada'],
    ['input.n > 3 ? 1 : "many"', 1],
    ['nodes.fetch.output.status + 1', 201],
    ['input.nope', 'failure: "input" has no member "nope".'],
    ['input.nope + 1', 'failure: "input" has no member "nope".'],
    ['nodes.fetch.output.body == 1', 'failure: "nodes.fetch.output" has no member "body".'],
    ['other', 'failure: There is no "other" here.'],
    ['other + 1', 'failure: There is no "other" here.'],
    ['input.name.first', 'failure: "input.name" has no member "first".'],
    ['input.tags[9]', 'failure: No such key: index out of bounds, index 9 >= size 2.'],
    ['input.name + input.n', 'failure: No such overload: string + double.'],
    ['input.n && true', "failure: Logical operator requires bool operands, got 'double'."],
  ])('reads its context: %s is %j', (source, value) => {
    expect(evaluate(source)).toEqual(value);
  });

  it.each<[string, unknown]>([
    ['nodes.skipped.output', null],
    ['nodes.skipped.output == null', true],
    ['nodes.skipped.output.text', null],
    ['nodes.skipped.output.text.length == null', true],
    ['nodes.skipped.output[0] == null', true],
    ['nodes.fetch.failure', null],
    ['nodes.fetch.failure == null', true],
    ['nodes.fetch.failure.message', null],
    ['nodes.fetch.failure.message == null', true],
    ['has(nodes.fetch.failure)', false],
    ['nodes.failed.failure.message', 'no luck'],
    ['nodes.failed.failure.message + "!"', 'no luck!'],
    ['nodes.unknown.output', 'failure: "nodes" has no member "unknown".'],
    ['nodes.unknown.output == 1', 'failure: "nodes" has no member "unknown".'],
  ])('reads what nodes left, null where they left nothing: %s is %j', (source, value) => {
    expect(evaluate(source)).toEqual(value);
  });

  it.each<[string, string]>([
    ['1 +', 'fault: Unexpected token: EOF.'],
    ['', 'fault: The expression is empty.'],
    ['a b', "fault: Unexpected character: 'b'."],
    ['nope(1)', 'fault: There is no function "nope".'],
    ['captureEvaluator(1)', 'fault: There is no function "captureEvaluator".'],
    ['"a".linearMatches("a")', 'fault: There is no function "linearMatches".'],
    ['1 + "a"', 'fault: No such overload: int + string.'],
    ['as', 'fault: Reserved identifier: as.'],
    ['[1].map(1, 2)', 'fault: Map(var, transform) invalid predicate iteration variable.'],
    ['a ${ b }', 'fault: Unexpected character: $.'],
    ['${ a } and ${ b }', 'fault: This must be one expression: bare, or in one ${ }. Text cannot stand beside it.'],
    ['${ a', 'fault: This ${ has no closing }. For a literal ${ write $${.'],
  ])('is refused when it is none: %s', (source, message) => {
    expect(evaluate(source)).toBe(message);
  });

  it('says where in the expression the fault is', () => {
    expect(parseExpression('input.a + nope(1)')).toEqual({
      ok: false,
      error: [{ message: 'There is no function "nope".', expression: 'input.a + nope(1)', start: 10, end: 17 }],
    });
  });

  it('cannot reach or change prototypes', () => {
    const given = { input: JSON.parse('{"__proto__": {"x": 1}, "o": {"constructor": 2, "a": 3}}') as unknown };
    expect(evaluate('{"__proto__": {"polluted": true}, "constructor": 1, "prototype": 2}')).toEqual(
      JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1, "prototype": 2}'),
    );
    expect(evaluate('input.toString', given)).toBe('failure: "input" has no member "toString".');
    expect(evaluate('input.toString == 1', given)).toBe('failure: "input" has no member "toString".');
    expect(evaluate('input.o.a + input.o.constructor', given)).toBe(5);
    expect(evaluate('constructor', {})).toBe('failure: There is no "constructor" here.');
    expect(evaluate('constructor == 1', {})).toMatch(/^failure: Unsupported type/);
    expect(evaluate('__proto__', {})).toBe('fault: Reserved identifier: __proto__.');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('gives back a part of what it read without copying it', () => {
    const parsed = parseExpression('true ? nodes.fetch.output : null');
    const evaluated = parsed.ok ? parsed.value.evaluate(context) : parsed;
    expect(evaluated.ok && evaluated.value).toBe(
      (context['nodes'] as { readonly fetch: { readonly output: unknown } }).fetch.output,
    );
  });
});
