import { describe, expect, it } from 'vitest';
import { fc, test } from '@fast-check/vitest';
import type { Issue } from '../../../src/core/issue.ts';
import { MAX_JSON_DEPTH, MAX_NODES } from '../../../src/blueprint/document-limits.ts';
import { parseBlueprint, parseNode } from '../../../src/blueprint/parse-blueprint.ts';

const issuesOf = (value: unknown): readonly Issue[] => {
  const parsed = parseBlueprint(value);
  return parsed.ok ? [] : parsed.error;
};

const withNode = (node: unknown): unknown => ({ name: 'b', nodes: { a: node } });

/** The messages, by path. */
const messagesOf = (value: unknown): Record<string, string> =>
  Object.fromEntries(issuesOf(value).map((issue) => [issue.path, issue.message]));

describe('parsing a blueprint', () => {
  it('takes a blueprint of every kind', () => {
    const body = { nodes: {}, output: 1 };
    const blueprint = {
      name: 'all-kinds',
      nodes: {
        a: { kind: 'transform', output: { x: '${ input.x }' } },
        b: { kind: 'tool', tool: 'text.template', input: {} },
        c: { kind: 'code', source: 'return 1;', limits: { timeoutMs: 5 }, onFailure: { fallback: 'a' } },
        d: { kind: 'condition', branches: [{ when: 'true', ...body }], otherwise: body },
        e: { kind: 'loop', items: [1], as: 'dep', ...body },
        f: { kind: 'parallel', branches: { one: body }, merge: { atLeast: 1 } },
      },
    };
    expect(parseBlueprint(blueprint)).toEqual({ ok: true, value: blueprint });
  });

  it.each<[string, unknown, Record<string, string>]>([
    ['nothing', undefined, { '': 'This is a undefined, which JSON cannot carry.' }],
    ['null', null, { '': 'This is null; it must be an object.' }],
    ['a list', [], { '': 'This is a list; it must be an object.' }],
    [
      'an empty object',
      {},
      { '/name': 'This is missing; it must be a text.', '/nodes': 'This is missing; it must be an object.' },
    ],
    [
      'a bad name',
      { name: '-x', nodes: {} },
      { '/name': 'A name starts with a letter or digit and goes on with letters, digits, . _ and -.' },
    ],
    ['a long name', { name: 'x'.repeat(129), nodes: {} }, { '/name': 'The number of characters must be at most 128.' }],
    ['unknown properties', { name: 'b', nodes: {}, 'a/b': 1 }, { '/a~1b': 'There is no property "a/b" here.' }],
    [
      'a wrong budget',
      { name: 'b', nodes: {}, budget: { maxWallMs: 0 } },
      { '/budget/maxWallMs': 'The number must be at least 1.' },
    ],
    ['a node that is none', withNode(5), { '/nodes/a': 'This is number 5; it must be an object.' }],
    [
      'a node without a kind',
      withNode({ output: 1 }),
      {
        '/nodes/a/kind':
          'The kind is not said. The kinds are transform, tool, code, llm, agent, swarm, condition, loop, parallel.',
      },
    ],
    [
      'a mistyped kind',
      withNode({ kind: 'Transfrom', output: 1 }),
      {
        '/nodes/a/kind':
          'There is no kind "Transfrom". Did you mean "transform"? The kinds are transform, tool, code, llm, agent, swarm, condition, loop, parallel.',
      },
    ],
    [
      'an unknown kind',
      withNode({ kind: 'x' }),
      {
        '/nodes/a/kind':
          'There is no kind "x". The kinds are transform, tool, code, llm, agent, swarm, condition, loop, parallel.',
      },
    ],
    [
      'a bad node name',
      { name: 'b', nodes: { 'A-b': { kind: 'transform', output: 1 } } },
      { '/nodes/A-b': 'A name starts with a letter a-z and goes on with a-z, 0-9 and _.' },
    ],
    [
      'a reserved node name',
      { name: 'b', nodes: { loop: { kind: 'transform', output: 1 } } },
      { '/nodes/loop': 'This word is reserved in expressions; choose another name.' },
    ],
    ['a transform without output', withNode({ kind: 'transform' }), { '/nodes/a/output': 'This is missing.' }],
    [
      'a source that is no text',
      withNode({ kind: 'code', source: true }),
      { '/nodes/a/source': 'This is boolean true; it must be a text.' },
    ],
    [
      'a fraction of an attempt',
      withNode({ kind: 'code', source: 'x', retry: { attempts: 1.5 } }),
      { '/nodes/a/retry/attempts': 'This is number 1.5; it must be a whole number.' },
    ],
    [
      'no failures to retry',
      withNode({ kind: 'code', source: 'x', retry: { on: [] } }),
      { '/nodes/a/retry/on': 'The number of items must be at least 1.' },
    ],
    [
      'an unknown backoff',
      withNode({ kind: 'code', source: 'x', retry: { backoff: 'odd' } }),
      { '/nodes/a/retry/backoff': 'This is the text "odd"; it must be one of fixed, linear, exponential.' },
    ],
    [
      'an unknown way to fail',
      withNode({ kind: 'code', source: 'x', onFailure: 'x' }),
      { '/nodes/a/onFailure': 'This is the text "x"; it must be fail, continue, or an object.' },
    ],
    [
      'a fault within bodies',
      withNode({ kind: 'parallel', branches: { x: { nodes: { y: { kind: 'code' } } } } }),
      { '/nodes/a/branches/x/nodes/y/source': 'This is missing; it must be a text.' },
    ],
    [
      'a number that JSON has not',
      withNode({ kind: 'transform', output: [Number.NaN] }),
      { '/nodes/a/output/0': 'This is NaN, which JSON cannot carry.' },
    ],
    [
      'a function',
      withNode({ kind: 'transform', output: () => 1 }),
      { '/nodes/a/output': 'This is a function, which JSON cannot carry.' },
    ],
    [
      'a date',
      withNode({ kind: 'transform', output: new Date(0) }),
      { '/nodes/a/output': 'This is an object of a class, which JSON cannot carry.' },
    ],
    [
      'a prototype',
      JSON.parse('{"__proto__": 1, "name": "b", "nodes": {}}'),
      { '/__proto__': 'The name __proto__ is not allowed.' },
    ],
  ])('refuses %s', (_name, value, messages) => {
    expect(messagesOf(value)).toEqual(messages);
  });

  it('takes members that are undefined for absent', () => {
    expect(
      issuesOf({ name: 'b', description: undefined, nodes: { a: { kind: 'transform', output: 1, when: undefined } } }),
    ).toEqual([]);
  });

  it('says the numbers that it met where there is too much', () => {
    const many = Object.fromEntries(
      Array.from({ length: MAX_NODES - 1 }, (_, at) => [`n${at}`, { kind: 'transform', output: 1 }]),
    );
    const extra = {
      kind: 'condition',
      branches: [{ when: 'true', nodes: { y: {}, z: {} } }],
      otherwise: { nodes: { w: 5 } },
    };
    expect(issuesOf({ name: 'b', nodes: { ...many, x: extra } })).toEqual([
      {
        rule: 'node-count',
        path: '/nodes',
        message: 'The blueprint has 10003 nodes at all depths; 10000 are allowed.',
      },
    ]);

    let deep: Record<string, unknown> = { kind: 'transform', output: 1 };
    for (let depth = 1; depth < 33; depth += 1) deep = { kind: 'parallel', branches: { x: { nodes: { n: deep } } } };
    expect(issuesOf(withNode(deep))).toEqual([
      {
        rule: 'node-depth',
        path: `/nodes/a${'/branches/x/nodes/n'.repeat(32)}`,
        message: 'Nodes are nested 33 deep here; 32 are allowed.',
      },
    ]);

    expect(issuesOf({ name: 'b', nodes: {}, description: 'é'.repeat(600_000) })).toEqual([
      { rule: 'document-size', path: '', message: 'The document has 1200040 bytes; 1048576 are allowed.' },
    ]);

    let list: unknown = 1;
    for (let depth = 0; depth < 100_000; depth += 1) list = [list];
    expect(issuesOf(withNode({ kind: 'transform', output: list }))).toEqual([
      {
        rule: 'document-depth',
        path: `/nodes/a/output${'/0'.repeat(13)}`,
        message: `Lists and objects are nested ${MAX_JSON_DEPTH + 1} deep here; ${MAX_JSON_DEPTH} are allowed.`,
      },
    ]);
  });

  it('lists at most 200 issues', () => {
    const nodes = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`n${at}`, {}]));
    expect(issuesOf({ name: 'b', nodes })).toHaveLength(200);
  });

  test.prop([fc.anything()])('never throws', (value) => {
    expect(typeof parseBlueprint(value).ok).toBe('boolean');
    expect(typeof parseNode(value).ok).toBe('boolean');
  });
});

describe('parsing a node', () => {
  it('tells places from the node on', () => {
    expect(parseNode({ kind: 'tool' })).toEqual({
      ok: false,
      error: [{ rule: 'blueprint-shape', path: '/tool', message: 'This is missing; it must be a text.' }],
    });
    expect(parseNode({ kind: 'transform', output: 1n })).toMatchObject({ ok: false, error: [{ path: '/output' }] });
    expect(parseNode({ kind: 'transform', output: 1 })).toEqual({ ok: true, value: { kind: 'transform', output: 1 } });
  });
});
