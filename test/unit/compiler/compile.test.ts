import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Blueprint } from '../../../src/blueprint/blueprint.ts';
import { canonicalBlueprint } from '../../../src/blueprint/canonical.ts';
import { fingerprintOf } from '../../../src/blueprint/fingerprint.ts';
import type { BodyPlan } from '../../../src/blueprint/plan.ts';
import { parseBlueprintSource } from '../../../src/blueprint/source.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { RULES } from '../../../src/compiler/rules/rules.ts';
import { toPlan } from '../../../src/compiler/to-plan.ts';
import { createRegistry } from '../../../src/registry/registry.ts';
import { arbitraryBlueprint } from '../../support/blueprints.ts';
import { documentOf, transform } from '../../support/rules.ts';
import { testRegistry } from '../../support/tools.ts';

const registry = testRegistry();

describe('compiling', () => {
  it('gives the plan of a sound blueprint, with its fingerprint', () => {
    const document = documentOf({ nodes: { a: transform(1), b: transform('${ nodes.a.output }') } });
    const compiled = compile(document, registry);
    expect(compiled).toMatchObject({
      ok: true,
      value: {
        plan: { fingerprint: fingerprintOf(document), order: ['a', 'b'], criticalPath: ['a', 'b'] },
        warnings: [],
      },
    });
  });

  it('says everything that is wrong at once, each with rule, path and message', () => {
    const document = documentOf({
      nodes: {
        a: transform('${ nodes.c.output }', { after: ['nowhere'] }),
        b: transform('${ 1 + }'),
        c: { kind: 'tool', tool: 'text.templte', after: ['a'] },
      },
    });
    const compiled = compile(document, registry);
    expect(compiled.ok ? [] : compiled.error.map(({ rule, path }) => [rule, path])).toEqual([
      ['expression-syntax', '/nodes/b/output'],
      ['known-after', '/nodes/a/after/0'],
      ['no-cycles', '/nodes/a'],
      ['known-tools', '/nodes/c/tool'],
    ]);
  });

  it('says line and column of what was written in YAML', () => {
    const source = parseBlueprintSource(
      [
        'name: placed',
        'nodes:',
        '  greet: { kind: transform, output: 1 }',
        '  count:',
        '    kind: transform',
        '    output:',
        '      of: ${ nodes.gret.output }',
      ].join('\n'),
    );
    if (!source.ok) throw new Error('The source of this test is sound.');
    const compiled = compile(source.value.blueprint, registry, { places: source.value.places });
    expect(compiled.ok ? [] : compiled.error).toMatchObject([
      { rule: 'known-references', path: '/nodes/count/output', line: 6, column: 5 },
    ]);
  });

  it('gives warnings beside the plan, with their places', () => {
    const source = parseBlueprintSource('name: warned\nnodes:\n  off: { kind: transform, output: 1, when: "false" }\n');
    if (!source.ok) throw new Error('The source of this test is sound.');
    const compiled = compile(source.value.blueprint, registry, { places: source.value.places });
    expect(compiled.ok && compiled.value.warnings).toMatchObject([
      { rule: 'reachable-nodes', path: '/nodes/off/when', line: 3, column: 38 },
    ]);
  });

  it('takes drafts: an empty one is warned of, one that is not finished says what is missing', () => {
    expect(compile(documentOf({}), registry)).toMatchObject({
      ok: true,
      value: { warnings: [{ rule: 'non-empty-bodies' }] },
    });
    const draft = documentOf({
      nodes: { both: { kind: 'parallel', branches: {} } },
      output: '${ nodes.later.output }',
    });
    expect(compile(draft, registry)).toMatchObject({
      ok: false,
      error: [{ rule: 'known-references' }, { rule: 'parallel-branches' }],
    });
  });

  it('depends on what is registered', () => {
    const document = documentOf({ nodes: { a: { kind: 'tool', tool: 'text.template', input: { template: 'x' } } } });
    expect(compile(document, registry).ok).toBe(true);
    expect(compile(document, createRegistry({ tools: [] })).ok).toBe(false);
  });

  it('finds no fault in any sound blueprint, and plans it as if it were planned alone', () => {
    fc.assert(
      fc.property(arbitraryBlueprint(), (document) => {
        const compiled = compile(document, registry);
        expect(compiled.ok ? [] : compiled.error).toEqual([]);
        const alone = toPlan(document, fingerprintOf(document));
        expect(compiled.ok && outlineOf(compiled.value.plan.root)).toEqual(outlineOf(alone.root));
      }),
    );
  });

  it('plans the canonical form, which is what is stored, as it plans what was written', () => {
    fc.assert(
      fc.property(arbitraryBlueprint(), (document) => {
        const stored = Blueprint.parse({ ...canonicalBlueprint(document), name: document.name });
        expect(outlineOf(toPlan(stored, 'x').root)).toEqual(outlineOf(toPlan(document, 'x').root));
      }),
    );
  });
});

describe('the rules', () => {
  it('have names of their own in kebab-case', () => {
    const names = RULES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  it('bear every document that has the shape of a blueprint', () => {
    const word = fc.constantFrom('a', 'b', 'c', 'input', 'item');
    const expression = fc.constantFrom(
      'nodes.a.output',
      'nodes.b.output.x',
      'nodes',
      'item',
      'index',
      '1 +',
      'true',
      '"x"',
      'input.y',
      '[1]',
    );
    const template = fc.oneof(
      expression.map((each) => `\${ ${each} }`),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const { body } = fc.letrec<{ node: object; body: object }>((tie) => ({
      body: fc.record(
        { nodes: fc.dictionary(word, tie('node'), { maxKeys: 3 }), output: template },
        { requiredKeys: [] },
      ),
      node: fc.oneof(
        { maxDepth: 3 },
        fc.record(
          {
            kind: fc.constant('transform'),
            output: template,
            when: expression,
            after: fc.array(word, { maxLength: 2 }),
          },
          { requiredKeys: ['kind', 'output'] },
        ),
        fc.record({ kind: fc.constant('tool'), tool: fc.constantFrom('text.repeat', 'no.tool'), input: template }),
        fc.record(
          {
            kind: fc.constant('code'),
            source: fc.constantFrom('return 1;', '}'),
            onFailure: fc.record({ fallback: word }),
          },
          { requiredKeys: ['kind', 'source'] },
        ),
        fc.tuple(tie('body'), template, word).map(([inner, items, as]) => ({ kind: 'loop', items, as, ...inner })),
        fc
          .tuple(tie('body'), expression)
          .map(([inner, when]) => ({ kind: 'condition', branches: [{ when, ...inner }], otherwise: inner })),
        fc
          .tuple(tie('body'), fc.integer({ min: 1, max: 3 }))
          .map(([inner, atLeast]) => ({ kind: 'parallel', branches: { a: inner }, merge: { atLeast } })),
      ),
    }));
    fc.assert(
      fc.property(body, (parts) => {
        const document = Blueprint.parse({ name: 'any', nodes: {}, ...parts });
        const compiled = compile(document, registry);
        for (const issue of compiled.ok ? compiled.value.warnings : compiled.error) {
          expect(issue.path === '' || issue.path.startsWith('/')).toBe(true);
          expect(issue.message).toMatch(/[.?:]$/);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** A plan without what cannot be compared: the functions of its templates. */
function outlineOf({ nodes, output }: BodyPlan): unknown {
  return {
    output: output?.references,
    nodes: nodes.map((node) => {
      const { when, ...rest } = { ...node, spec: undefined };
      if (rest.kind === 'loop')
        return { ...rest, when: when?.references, items: rest.items.references, body: outlineOf(rest.body) };
      if (rest.kind === 'condition' || rest.kind === 'parallel') {
        const branches = rest.branches.map((branch) => ({
          name: branch.name,
          when: branch.when?.references,
          body: outlineOf(branch.body),
        }));
        return { ...rest, when: when?.references, branches };
      }
      const value = rest.kind === 'transform' ? rest.output : rest.input;
      return { ...rest, when: when?.references, output: undefined, input: undefined, reads: value.references };
    }),
  };
}
