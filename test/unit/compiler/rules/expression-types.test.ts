import { describe, expect, it } from 'vitest';
import { expressionTypes } from '../../../../src/compiler/rules/expression-types.ts';
import { code, findingsOf, template, transform } from '../../../support/rules.ts';

const input = {
  type: 'object',
  properties: { name: { type: 'string' }, n: { type: 'number' } },
  required: ['name', 'n'],
  additionalProperties: false,
};
const placesOf = (nodes: unknown, more: object = {}): readonly string[] =>
  findingsOf(expressionTypes, { input, nodes, ...more }).map(({ path }) => path);

describe('expression-types', () => {
  it('checks against the schema of the input', () => {
    const found = findingsOf(expressionTypes, { input, nodes: { a: transform({ x: ['${ input.nam }'] }) } });
    expect(found).toEqual([
      { path: '/nodes/a/output/x/0', message: 'In "input.nam": "input" has no member "nam"; it has: name, n.' },
    ]);
    expect(placesOf({ a: transform('${ input.name * 2 }'), b: transform('${ input.n * 2 }') })).toEqual([
      '/nodes/a/output',
    ]);
  });

  it('checks against the output of tools', () => {
    expect(
      placesOf({
        greet: template(),
        a: transform('${ nodes.greet.output.txt }'),
        b: transform('${ nodes.greet.output.text }'),
      }),
    ).toEqual(['/nodes/a/output']);
  });

  it('infers what transforms give, through any number of them', () => {
    const nodes = {
      a: transform({ list: ['${ input.n }'], text: 'is ${ input.n }' }),
      b: transform({ inner: '${ nodes.a.output }' }),
      good: transform('${ nodes.b.output.inner.list[0] + 1 }'),
      wrong: transform('${ nodes.b.output.inner.lists }'),
      mixed: transform('${ nodes.b.output.inner.text + 1 }'),
    };
    expect(placesOf(nodes)).toEqual(['/nodes/mixed/output', '/nodes/wrong/output']);
  });

  it('knows the output of composites: a list, an object of branches, one of several', () => {
    const body = { nodes: {}, output: { ok: true } };
    const nodes = {
      each: { kind: 'loop', items: [1], ...body },
      both: { kind: 'parallel', branches: { a: body, b: body } },
      some: { kind: 'parallel', merge: { atLeast: 1 }, branches: { a: body, b: body } },
      first: { kind: 'parallel', merge: 'first', branches: { a: body, b: body } },
      choice: { kind: 'condition', branches: [{ when: 'true', ...body }], otherwise: body },
      maybe: { kind: 'condition', branches: [{ when: 'true', ...body }] },
      none: { kind: 'loop', items: [1] },
      good: transform([
        '${ nodes.each.output[0].ok }',
        '${ nodes.both.output.a.ok }',
        '${ nodes.some.output.b.ok }',
        '${ nodes.first.output.ok }',
        '${ nodes.choice.output.ok }',
        '${ nodes.maybe.output.anything }',
      ]),
      wrong: transform([
        '${ nodes.each.output.ok }',
        '${ nodes.both.output.c }',
        '${ nodes.some.output.c }',
        '${ nodes.first.output.no }',
        '${ nodes.choice.output.no }',
      ]),
    };
    expect(placesOf(nodes)).toEqual([0, 1, 2, 3, 4].map((at) => `/nodes/wrong/output/${at}`));
  });

  it('knows the item of a loop, the innermost first, and its number', () => {
    const nodes = {
      each: {
        kind: 'loop',
        items: [{ licence: 'MIT' }],
        as: 'dep',
        nodes: {
          good: transform(['${ dep.licence.startsWith("M") }', '${ index + 1 }']),
          wrong: transform(['${ dep.license }', '${ index.x }']),
        },
      },
    };
    expect(placesOf(nodes)).toEqual(['/nodes/each/nodes/wrong/output/0', '/nodes/each/nodes/wrong/output/1']);
  });

  it('leaves open what it cannot know: code, unknown tools, fallbacks, input without a schema', () => {
    const nodes = {
      run: code(),
      call: template({}, { tool: 'no.tool' }),
      safe: transform('x', { onFailure: { fallback: 'spare' } }),
      spare: transform(1),
      a: transform(['${ nodes.run.output.x.y }', '${ nodes.call.output.x }', '${ nodes.safe.output + 1 }']),
    };
    expect(placesOf(nodes)).toEqual([]);
    expect(findingsOf(expressionTypes, { nodes: { a: transform('${ input.anything.deep }') } })).toEqual([]);
  });

  it('lets a failure be read', () => {
    const nodes = {
      run: code({}, { onFailure: 'continue' }),
      a: transform('${ nodes.run.failure.message + "!" }'),
      b: transform('${ nodes.run.failure.msg }'),
    };
    expect(placesOf(nodes)).toEqual(['/nodes/b/output']);
  });

  it('says nothing of types where a reference is wrong already, nor where a cycle hides them', () => {
    expect(placesOf({ a: transform('${ nodes.b.output + input.nam }') })).toEqual([]);
    expect(placesOf({ a: transform('${ nodes.b.output.x }'), b: transform('${ nodes.a.output.y }') })).toEqual([]);
  });

  it('checks conditions', () => {
    expect(placesOf({ a: transform(1, { when: 'input.name > 3' }) })).toEqual(['/nodes/a/when']);
  });

  it('infers a chain of thousands of nodes', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, at) => [
        `n${at}`,
        transform(at === 0 ? { x: 1 } : `\${ nodes.n${at - 1}.output }`),
      ]),
    );
    expect(placesOf({ ...chain, last: transform('${ nodes.n4999.output.y }') })).toEqual(['/nodes/last/output']);
  });
});
