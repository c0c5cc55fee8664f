import { describe, expect, it } from 'vitest';
import { fc, test } from '@fast-check/vitest';
import type { Issue } from '../../../src/core/issue.ts';
import { fingerprintOf } from '../../../src/blueprint/fingerprint.ts';
import { parseBlueprintSource, parseSource } from '../../../src/blueprint/source.ts';
import { formatBlueprint } from '../../../src/blueprint/yaml.ts';
import { parseBlueprint } from '../../../src/blueprint/parse-blueprint.ts';
import { arbitraryBlueprint } from '../../support/blueprints.ts';

const issuesOf = (text: string): readonly Issue[] => {
  const parsed = parseBlueprintSource(text);
  return parsed.ok ? [] : parsed.error;
};

const YAML = `name: hello
nodes:
  greet:
    kind: tool
    tool: text.template
    input: { template: "Hello, {name}!", name: "\${ input.name }" }
  each:
    kind: loop
    items: [1, 2]
    output: "\${ item }"
output: "\${ nodes.greet.output.text }"
`;

/** What YAML gives a meaning, and a little that it does not. */
const SIGNS = fc.constantFrom(
  ...['{', '}', '[', ']', ':', ',', '-', '?', '&', '*', '!', '|', '>', '%', '@', '`', '"', "'", '#', '\n', '\t', ' '],
  ...['a', 'b', '1'],
);

describe('the text of a blueprint', () => {
  it('may be YAML or JSON, which say the same', () => {
    const yaml = parseBlueprintSource(YAML);
    if (!yaml.ok) throw new Error('The YAML is sound.');
    const json = parseBlueprintSource(`  ${formatBlueprint(yaml.value.blueprint, 'json')}`);
    if (!json.ok) throw new Error('The JSON is sound.');
    expect(json.value.blueprint).toEqual(yaml.value.blueprint);
    // YAML with braces, but no JSON.
    expect(parseBlueprintSource("{ name: b, nodes: { a: { kind: transform, output: 'x' } } }")).toMatchObject({
      ok: true,
    });
  });

  it('knows the place of each part, or of what is around it', () => {
    const yaml = parseBlueprintSource(YAML);
    if (!yaml.ok) throw new Error('The YAML is sound.');
    const { places } = yaml.value;
    expect(places.placeOf('/nodes/greet/tool')).toEqual({ line: 5, column: 5 });
    expect(places.placeOf('/nodes/greet/input/name')).toEqual({ line: 6, column: 42 });
    expect(places.placeOf('/nodes/each/items/1')).toEqual({ line: 9, column: 16 });
    expect(places.placeOf('/nodes/greet/limits/timeoutMs')).toEqual({ line: 3, column: 3 });
    expect(places.placeOf('')).toEqual({ line: 1, column: 1 });

    const json = parseBlueprintSource(
      '{\n "name": "b",\n "nodes": {"a": {"kind": "transform", "output": [1,\n  {"x\\u0041": "}"}]}}\n}',
    );
    if (!json.ok) throw new Error('The JSON is sound.');
    expect(json.value.places.placeOf('/nodes/a/output')).toEqual({ line: 3, column: 39 });
    expect(json.value.places.placeOf('/nodes/a/output/1/xA')).toEqual({ line: 4, column: 4 });
    expect(json.value.places.placeOf('/nodes/a/output/0')).toEqual({ line: 3, column: 50 });
    expect(json.value.places.placeOf('/nodes/a/when')).toEqual({ line: 3, column: 12 });
    expect(json.value.places.placeOf('/other')).toEqual({ line: 1, column: 1 });
  });

  it.each<[string, string, readonly Partial<Issue>[]]>([
    [
      'an unknown kind',
      'name: b\nnodes:\n  a: { kind: transfrom, output: 1 }\n',
      [{ rule: 'known-kind', path: '/nodes/a/kind', line: 3, column: 8 }],
    ],
    [
      'an unknown kind in JSON',
      '{"name": "b",\n"nodes": {"a": {"kind": "x"}}}',
      [{ rule: 'known-kind', path: '/nodes/a/kind', line: 2, column: 17 }],
    ],
    [
      'a name written twice',
      'name: b\nnodes:\n  a: {kind: transform, output: 1}\n  a: {kind: transform, output: 2}\n',
      [
        {
          rule: 'duplicate-key',
          path: '/nodes/a',
          line: 4,
          column: 3,
          message: '"a" is written twice here: one of them would be lost.',
        },
      ],
    ],
    [
      'a name written twice in JSON',
      '{"name": "b", "nodes": {},\n "n\\u0061me": "c"}',
      [{ rule: 'duplicate-key', path: '/name', line: 2, column: 2 }],
    ],
    [
      'a name written twice in a list of JSON',
      '{"name": "b", "nodes": {}, "x": [0, {"y": [], "y": {}}]}',
      [{ rule: 'duplicate-key', path: '/x/1/y' }],
    ],
    ['broken YAML', 'name: b\nnodes: {a: [}\n', [{ rule: 'yaml-syntax', line: 2 }]],
    ['broken JSON', '{"name": "b",\n "nodes": }', [{ rule: 'blueprint-shape', path: '/nodes', line: 2, column: 2 }]],
    [
      'an anchor',
      'name: &n b\nnodes: {}\n',
      [
        {
          rule: 'yaml-syntax',
          line: 1,
          column: 7,
          message: 'Anchors (&name) are not part of blueprints: write the value where it is needed.',
        },
      ],
    ],
    ['an alias', 'name: *n\n', [{ rule: 'yaml-syntax', line: 1, column: 7 }]],
    ['a tag', 'name: !!str b\n', [{ rule: 'yaml-syntax', message: 'Tags (!name) are not part of blueprints.' }]],
    [
      'a directive',
      '%YAML 1.1\n---\nname: b\n',
      [{ rule: 'yaml-syntax', message: 'Directives (%...) are not part of blueprints.' }],
    ],
    ['two documents', 'name: b\n---\nname: c\n', [{ rule: 'yaml-syntax', line: 2 }]],
    [
      'a bracket that closes nothing',
      'name: b\n]\n',
      [{ rule: 'yaml-syntax', line: 2, column: 1, message: 'This ] closes nothing.' }],
    ],
    ['a name that is no text', '? [a]\n: b\n', [{ rule: 'yaml-syntax', line: 1, message: 'A name must be a text.' }]],
    ['no name at all', ': b\n', [{ rule: 'yaml-syntax', message: 'A name must be a text.' }]],
    [
      'a number that JSON has not',
      'name: b\nnodes: {a: {kind: transform, output: .inf}}\n',
      [{ rule: 'document-json', path: '/nodes/a/output', line: 2, column: 30 }],
    ],
    ['a prototype', 'name: b\nnodes: {}\n__proto__: 1\n', [{ rule: 'document-json', path: '/__proto__', line: 3 }]],
    ['a prototype in JSON', '{"__proto__": 1}', [{ rule: 'document-json', path: '/__proto__' }]],
    ['nothing', '', [{ rule: 'blueprint-shape', path: '' }]],
    ['what is not indented', 'name: b\nnodes:\n\ta: 1\n', [{ rule: 'yaml-syntax', line: 3 }]],
  ])('with %s is refused with the place', (_name, text, issues) => {
    expect(issuesOf(text)).toMatchObject(issues);
  });

  it('may have names that are numbers or truths', () => {
    expect(parseSource('1: a\ntrue: b\n')).toMatchObject({ ok: true, value: { document: { '1': 'a', true: 'b' } } });
  });

  it('may hold signs of YAML in its texts', () => {
    const text = 'name: b\ndescription: |\n  &a *b !c ]]]]\n  - - -\nnodes: {}\n';
    expect(issuesOf(text)).toEqual([]);
  });

  it.each<[string, string]>([
    ['a megabyte too much', 'x'.repeat(1_048_577)],
    ['open brackets', '['.repeat(500_000)],
    ['closed brackets', '['.repeat(500_000) + ']'.repeat(500_000)],
    ['open braces', '{a: '.repeat(200_000)],
    ['closing brackets', ']'.repeat(1_000_000)],
    ['dashes', `${'- '.repeat(500_000)}x`],
    ['question marks in brackets', `[${'? '.repeat(500_000)}]`],
    ['colons over lines in brackets', `[${':\n'.repeat(500_000)}]`],
    ['tags', '!a '.repeat(300_000)],
    ['commas', `[${','.repeat(1_000_000)}]`],
    ['empty lines', '\n'.repeat(1_000_000)],
    ['quotes', '""'.repeat(500_000)],
    ['names written twice', 'a: 1\n'.repeat(200_000)],
    ['names written twice in JSON', `{${'"a":1,'.repeat(100_000)}"a":1}`],
    ['deep indentation', Array.from({ length: 1_400 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
  ])(
    'made to keep the parser busy, by %s, is refused soon',
    (_name, text) => {
      const startedAt = performance.now();
      expect(issuesOf(text).length).toBeGreaterThan(0);
      expect(issuesOf(text).length).toBeLessThanOrEqual(100);
      // Without the look at its tokens first, several of these take minutes.
      expect(performance.now() - startedAt).toBeLessThan(5_000);
    },
    30_000,
  );

  test.prop([arbitraryBlueprint()], { numRuns: 60 })('round-trips through YAML and JSON', (blueprint) => {
    for (const format of ['yaml', 'json'] as const) {
      const again = parseBlueprintSource(formatBlueprint(blueprint, format));
      if (!again.ok) throw new Error(JSON.stringify(again.error));
      expect(again.value.blueprint).toEqual(blueprint);
      expect(fingerprintOf(again.value.blueprint)).toBe(fingerprintOf(blueprint));
    }
  });

  test.prop([fc.jsonValue()])('is read like JSON.parse does when it is JSON', (value) => {
    const json: unknown = JSON.parse(JSON.stringify(value));
    const hasProto = JSON.stringify(json).includes('__proto__');
    const parsed = parseSource(JSON.stringify(json));
    if (!hasProto) expect(parsed).toMatchObject({ ok: true, value: { document: json } });
  });

  test.prop([fc.string({ unit: SIGNS })])('never makes the parser throw', (text) => {
    expect(typeof parseBlueprintSource(text).ok).toBe('boolean');
  });
});

describe('the written form', () => {
  it('has its properties in the conventional order', () => {
    const parsed = parseBlueprint({
      output: 1,
      nodes: {
        z: { output: 1, after: ['a'], kind: 'transform' },
        a: {
          otherwise: { output: 1, nodes: {} },
          branches: [{ output: 1, nodes: {}, when: 'true' }],
          kind: 'condition',
        },
        p: { branches: { x: { output: 1, nodes: { q: { source: 'x', kind: 'code' } } } }, kind: 'parallel' },
        l: { output: 1, nodes: {}, items: [], as: 'x', kind: 'loop', retry: { attempts: 1 }, when: 'true' },
      },
      name: 'b',
    });
    if (!parsed.ok) throw new Error('The blueprint is sound.');
    expect(formatBlueprint(parsed.value, 'yaml')).toBe(`name: b
nodes:
  z:
    kind: transform
    after:
      - a
    output: 1
  a:
    kind: condition
    branches:
      - when: "true"
        nodes: {}
        output: 1
    otherwise:
      nodes: {}
      output: 1
  p:
    kind: parallel
    branches:
      x:
        nodes:
          q:
            kind: code
            source: x
        output: 1
  l:
    kind: loop
    when: "true"
    items: []
    as: x
    nodes: {}
    output: 1
    retry:
      attempts: 1
output: 1
`);
    expect(
      formatBlueprint(parsed.value, 'json').startsWith('{\n  "name": "b",\n  "nodes": {\n    "z": {\n      "kind"'),
    ).toBe(true);
  });
});
