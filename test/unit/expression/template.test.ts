import { describe, expect, it } from 'vitest';
import { fc, test } from '@fast-check/vitest';
import type { Json } from '../../../src/core/json.ts';
import { MAX_TEMPLATE_DEPTH, parseExpression, parseTemplate } from '../../../src/expression/parse.ts';
import type { CompiledTemplate, EvaluationContext } from '../../../src/expression/template.ts';

const context: EvaluationContext = { input: { name: 'Ada', n: 5, list: [1], nothing: null }, nodes: {} };

const compile = (value: Json): CompiledTemplate => {
  const parsed = parseTemplate(value);
  if (!parsed.ok) throw new Error(parsed.error.map((each) => each.message).join(' '));
  return parsed.value;
};

describe('a template', () => {
  it.each<[Json, Json]>([
    ['${ input.n }', 5],
    ['${input.list}', [1]],
    ['Hello, ${ input.name }!', 'Hello, Ada!'],
    ['${ input.name }${ input.n }', 'Ada5'],
    ['n = ${ input.n }, list = ${ input.list }, ${ input.nothing }', 'n = 5, list = [1], null'],
    ['$${ input.n }', '${ input.n }'],
    ['costs $5', 'costs $5'],
    ['$', '$'],
    ['a $${b} ${ input.n }', 'a ${b} 5'],
    ['${ {"a": {"b": "}"}}["a"]["b"] }', '}'],
    ["${ 'it\\'s }' }", "it's }"],
    ['${ """a"}b""" }', 'a"}b'],
    ["${ '''}''' }", '}'],
    ['${ input.n // a comment }\n }', 5],
    [
      { a: '${ input.n }', b: ['${ input.name }', 2], c: { d: null } },
      { a: 5, b: ['Ada', 2], c: { d: null } },
    ],
    ['', ''],
    [null, null],
    [3, 3],
  ])('%j becomes %j', (template, value) => {
    expect(compile(template).evaluate(context)).toEqual({ ok: true, value });
  });

  it('is constant when it holds no expression', () => {
    const template = compile({ a: [1, 'text $${x}'], b: { c: true } });
    expect(template.constant).toBe(true);
    expect(template.references).toEqual([]);
    expect(template.evaluate({})).toEqual({ ok: true, value: { a: [1, 'text ${x}'], b: { c: true } } });
    expect(template.evaluate({})).toBe(template.evaluate({}));
  });

  it('is an identity when it is exactly one reference', () => {
    expect(compile('${ nodes.a.output.b }').identity).toEqual({ root: 'nodes', path: ['a', 'output', 'b'] });
    expect(compile('${ input["a b"].c }').identity).toEqual({ root: 'input', path: ['a b', 'c'] });
    for (const other of ['x ${ input.a }', '${ input.a + 1 }', '${ input.a[0] }', '${ input[input.k] }', '${ 1 }']) {
      expect(compile(other).identity).toBeUndefined();
    }
    expect(compile({ a: '${ input.a }' }).identity).toBeUndefined();
    expect(compile('${ int }').evaluate({})).toEqual({ ok: true, value: 'int' });
  });

  it('lists what it reads, each once, without names that its macros give', () => {
    const template = compile({
      a: '${ nodes.p.output.items.filter(i, i.ok && i.size > input.min).map(i, nodes["q"].output) }',
      b: 'again ${ input.min } and ${ cel.bind(t, dep.x, t + index) } and ${ has(nodes.r.failure) }',
      c: '${ type(input.z) == int ? nodes[input.k].output : [optional.of(input.z)] }',
    });
    expect(template.references).toEqual([
      { root: 'nodes', path: ['p', 'output', 'items'] },
      { root: 'input', path: ['min'] },
      { root: 'nodes', path: ['q', 'output'] },
      { root: 'dep', path: ['x'] },
      { root: 'index', path: [] },
      { root: 'nodes', path: ['r', 'failure'] },
      { root: 'input', path: ['z'] },
      { root: 'nodes', path: [] },
      { root: 'input', path: ['k'] },
    ]);
  });

  it('tells all of its faults with their places', () => {
    expect(parseTemplate({ 'a/b': '${ 1 + }', c: ['ok', '${ nope() }', 'x ${ open'] })).toEqual({
      ok: false,
      error: [
        { pointer: '/a~1b', message: 'Unexpected token: EOF.', expression: '1 +', start: 3, end: 3 },
        { pointer: '/c/1', message: 'There is no function "nope".', expression: 'nope()', start: 0, end: 6 },
        {
          pointer: '/c/2',
          message: 'This ${ has no closing }. For a literal ${ write $${.',
          expression: 'x ${ open',
          start: 2,
          end: 9,
        },
      ],
    });
    expect(parseTemplate('${ "open }')).toMatchObject({ ok: false });
    expect(parseTemplate('${ 1 // open }')).toMatchObject({ ok: false });
  });

  it('fails as a whole when one of its expressions does', () => {
    const failure = { ok: false, error: { message: '"input" has no member "nope".', expression: 'input.nope' } };
    expect(compile({ a: 1, b: ['${ input.nope }'] }).evaluate(context)).toEqual(failure);
    expect(compile('text ${ input.nope }').evaluate(context)).toEqual(failure);
  });

  it('bounds its depth and the texts that it makes', () => {
    let deep: Json = '${ input.n }';
    for (let depth = 0; depth <= MAX_TEMPLATE_DEPTH; depth += 1) deep = [deep];
    expect(parseTemplate(deep)).toMatchObject({
      ok: false,
      error: [{ message: 'This is nested 65 deep; 64 are allowed.' }],
    });
    const long = { input: { text: 'a'.repeat(9 * 1024 * 1024) } };
    expect(compile('${ input.text }${ input.text }').evaluate(long)).toMatchObject({
      ok: false,
      error: { message: 'The text has 18874368 characters; 16777216 are allowed.' },
    });
  });

  it('keeps members named __proto__ as members', () => {
    const template = compile(JSON.parse('{"__proto__": "${ input.n }", "a": 1}') as Json);
    expect(template.evaluate(context)).toEqual({ ok: true, value: JSON.parse('{"__proto__": 5, "a": 1}') as Json });
  });

  test.prop([fc.jsonValue()])('gives back what holds no expression', (value) => {
    const json = JSON.parse(JSON.stringify(value).replaceAll('${', '$ {')) as Json;
    expect(compile(json).evaluate({})).toEqual({ ok: true, value: json });
  });

  test.prop([fc.string()])('can say every text with the escape', (text) => {
    // A function, as `$$` in a replacement would stand for one `$`.
    const escaped = text.replaceAll('${', () => '$${');
    const evaluated = compile(escaped).evaluate({});
    expect(evaluated).toEqual({ ok: true, value: text });
  });

  test.prop([fc.string()])('never throws, whatever is written in it', (text) => {
    const parsed = parseTemplate(`\${ ${text} }`);
    if (parsed.ok) expect(typeof parsed.value.evaluate({}).ok).toBe('boolean');
    else expect(parsed.error.length).toBeGreaterThan(0);
  });

  test.prop([fc.jsonValue()])('passes the values of its context on as they are', (value) => {
    const json = JSON.parse(JSON.stringify(value)) as Json;
    expect(compile('${ input }').evaluate({ input: json })).toEqual({ ok: true, value: json });
    expect(compile('${ [input] }').evaluate({ input: json })).toEqual({ ok: true, value: [json] });
  });
});

describe('an expression', () => {
  it('may stand bare or in one ${ }', () => {
    for (const source of ['input.n > 3', '${ input.n > 3 }', '  ${input.n > 3}  ']) {
      const parsed = parseExpression(source);
      expect(parsed.ok && parsed.value.evaluate(context)).toEqual({ ok: true, value: true });
    }
  });
});
