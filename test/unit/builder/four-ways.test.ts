import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Blueprint } from '../../../src/blueprint/blueprint.ts';
import { applyEdits } from '../../../src/blueprint/edits.ts';
import { fingerprintOf } from '../../../src/blueprint/fingerprint.ts';
import { nodeViewsOf } from '../../../src/blueprint/node-view.ts';
import { parseBlueprintSource } from '../../../src/blueprint/source.ts';
import { formatBlueprint } from '../../../src/blueprint/yaml.ts';
import { blueprint, cel, shape } from '../../../src/builder/index.ts';
import { compile } from '../../../src/compiler/compile.ts';
import { arbitraryBlueprint } from '../../support/blueprints.ts';
import { testRegistry } from '../../support/tools.ts';

const HELLO_YAML = `
name: hello-world
input: { type: object, properties: { name: { type: string } }, required: [name] }   # JSON Schema
budget: { maxCostUsdMicros: 50000, maxWallMs: 60000 }
nodes:
  greet:
    kind: tool
    tool: text.template
    input: { template: "Hello, {name}!", name: "\${ input.name }" }
  count:
    kind: code
    source: |
      return { letters: input.text.length };
    input: { text: "\${ nodes.greet.output.text }" }
    limits: { timeoutMs: 1000, memoryBytes: 67108864 }
output: { greeting: "\${ nodes.greet.output.text }", letters: "\${ nodes.count.output.letters }" }
`;

const hello = blueprint('hello-world')
  .input({ type: 'object', properties: { name: { type: 'string' } }, required: ['name'] })
  .budget({ maxCostUsdMicros: 50_000, maxWallMs: 60_000 })
  .tool('greet', 'text.template', ({ input }) => ({ template: 'Hello, {name}!', name: input.name }))
  .code('count', {
    source: 'return { letters: input.text.length };\n',
    input: ({ nodes }) => ({ text: nodes.greet.output.text }),
    returns: shape<{ letters: number }>(),
    limits: { timeoutMs: 1_000, memoryBytes: 67_108_864 },
  })
  .output(({ nodes }) => ({ greeting: nodes.greet.output.text, letters: nodes.count.output.letters }))
  .build();

const COMPOSITES_YAML = `
name: composites
nodes:
  parse: { kind: code, source: "return { packages: [] };" }
  each_package:
    kind: loop
    items: "\${ nodes.parse.output.packages }"
    as: dep                           # visible in the body as dep, and index
    concurrency: 50
    maxIterations: 10000
    nodes:                            # a body is a nested map; it sees the outer nodes, they see only its output
      classify: { kind: transform, output: { licence: "\${ dep.licence }", risky: "\${ dep.licence.startsWith('GPL') }" } }
    output: "\${ nodes.classify.output }"      # one value per item; the loop's output is the list, in order
  risky_found:
    kind: condition
    branches:
      - when: "\${ nodes.each_package.output.exists(p, p.risky) }"
        nodes: { warn: { kind: tool, tool: text.template, input: { template: "look at these" } } }
        output: "\${ nodes.warn.output.text }"
    otherwise: { output: "all fine" }
  both:
    kind: parallel
    merge: all                        # all | first | { atLeast: 2 }
    branches: { a: { nodes: { x: { kind: transform, output: 1 } }, output: "\${ nodes.x.output }" }, b: { nodes: {}, output: 2 } }
`;

const composites = blueprint('composites')
  .code('parse', { source: 'return { packages: [] };', returns: shape<{ packages: { licence: string }[] }>() })
  .loop('each_package', {
    items: ({ nodes }) => nodes.parse.output.packages,
    as: 'dep',
    concurrency: 50,
    body: (body) =>
      body
        .transform('classify', ({ dep }) => ({
          licence: dep.licence,
          risky: cel<boolean>`${dep.licence}.startsWith('GPL')`,
        }))
        .output(({ nodes }) => nodes.classify.output),
  })
  .condition('risky_found', (choose) =>
    choose
      .when(
        ({ nodes }) => cel`${nodes.each_package.output}.exists(p, p.risky)`,
        (body) =>
          body
            .tool('warn', 'text.template', { template: 'look at these' })
            .output(({ nodes }) => nodes.warn.output.text),
      )
      .otherwise((body) => body.output('all fine')),
  )
  .parallel('both', {
    branches: {
      a: (body) => body.transform('x', 1).output(({ nodes }) => nodes.x.output),
      b: (body) => body.output(2),
    },
  })
  .build();

function parsed(text: string): Blueprint {
  const source = parseBlueprintSource(text);
  if (!source.ok) throw new Error(JSON.stringify(source.error));
  return source.value.blueprint;
}

/** The same blueprint, made of one without nodes by adding them one at a time, the last first. */
function edited(document: Blueprint): Blueprint {
  const additions = nodeViewsOf(document)
    .toReversed()
    .map((addNode) => ({ addNode }));
  const result = applyEdits({ ...document, nodes: {} }, additions);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

describe('the four ways to write a blueprint', () => {
  it.each([
    ['hello-world', HELLO_YAML, hello],
    ['the composites', COMPOSITES_YAML, composites],
  ])('give one fingerprint for %s', (_, yaml, written) => {
    const fromYaml = parsed(yaml);
    const fromJson = parsed(formatBlueprint(fromYaml, 'json'));
    const fingerprints = [written, fromYaml, fromJson, edited(fromYaml)].map(fingerprintOf);
    expect(new Set(fingerprints).size).toBe(1);
  });

  it.each([
    ['hello-world', hello],
    ['the composites', composites],
  ])('give %s, which is sound', (_, written) => {
    expect(compile(written, testRegistry())).toMatchObject({ ok: true, value: { warnings: [] } });
  });

  it('give one fingerprint for any blueprint', () => {
    fc.assert(
      fc.property(arbitraryBlueprint(), (document) => {
        const fromYaml = parsed(formatBlueprint(document, 'yaml'));
        const fromJson = parsed(formatBlueprint(document, 'json'));
        const adding = Object.keys(document.nodes).length > 0 ? [edited(document)] : [];
        expect(new Set([document, fromYaml, fromJson, ...adding].map(fingerprintOf)).size).toBe(1);
      }),
      { numRuns: 50 },
    );
  });
});
