import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Blueprint } from '../../../src/blueprint/blueprint.ts';
import type { NodeMap, NodeSpecOf } from '../../../src/blueprint/node.ts';
import type { Json } from '../../../src/core/json.ts';
import type { ProcessSandbox } from '../../../src/sandbox/process-sandbox.ts';
import { codeCall, never, openSandbox } from '../../support/sandbox.ts';

let sandbox: ProcessSandbox;
let nodes: NodeMap;

beforeAll(async () => {
  sandbox = openSandbox({ warmWorkers: 2 });
  nodes = Blueprint.parse(parse(await readFile('examples/licence-audit/blueprint.yaml', 'utf8'))).nodes;
});
afterAll(() => sandbox.close());

const codeOf = (within: NodeMap | undefined, name: string): NodeSpecOf<'code'> => {
  const node = within?.[name];
  if (node?.kind !== 'code') throw new Error(`The example has no code node ${name}.`);
  return node;
};

async function runCode(node: NodeSpecOf<'code'>, input: Json): Promise<Json> {
  const { outcome } = await sandbox.run(codeCall(node.source, { input }), never());
  if (outcome.kind !== 'succeeded') throw new Error(outcome.message);
  return outcome.output;
}

describe('the licence audit', () => {
  it('classifies SPDX expressions', async () => {
    const expected = {
      MIT: 'permissive',
      'apache-2.0': 'permissive',
      '(MIT OR Apache-2.0)': 'permissive',
      'GPL-3.0-only OR MIT': 'permissive',
      '(BSD-2-Clause AND MIT) OR GPL-2.0': 'permissive',
      'Apache-2.0 WITH LLVM-exception': 'permissive',
      'MPL-2.0': 'weak-copyleft',
      'LGPL-3.0-or-later': 'weak-copyleft',
      'MIT AND LGPL-2.1+': 'weak-copyleft',
      'GPL-2.0-only WITH Classpath-exception-2.0': 'weak-copyleft',
      'GPL-3.0': 'strong-copyleft',
      'AGPL-3.0-or-later': 'strong-copyleft',
      'MIT AND (GPL-2.0 OR AGPL-3.0)': 'strong-copyleft',
      'MIT OR Apache-2.0 AND GPL-2.0': 'permissive',
      'GPL-2.0 WITH Some-other-exception': 'strong-copyleft',
      'MIT AND Something-New': 'unknown',
      'SEE LICENSE IN LICENSE.md': 'unknown',
      UNLICENSED: 'unknown',
      '(MIT': 'unknown',
      'MIT OR': 'unknown',
      '': 'unknown',
    };
    const { classify } = nodes;
    const node = codeOf(classify?.kind === 'loop' ? classify.nodes : undefined, 'licences');
    const packages = Object.keys(expected).map((licence) => ({ name: 'x', version: '1.0.0', licence, dev: false }));
    const output = (await runCode(node, { packages })) as { packages: { licence: string; class: string }[] };
    expect(Object.fromEntries(output.packages.map((entry) => [entry.licence, entry.class]))).toEqual(expected);
  });

  it('lists each package of a lockfile once, without links, workspaces and the project itself', async () => {
    const lock = {
      lockfileVersion: 3,
      packages: {
        '': { name: 'project', license: 'UNLICENSED' },
        'packages/own': { version: '1.0.0' },
        'node_modules/own': { resolved: 'packages/own', link: true },
        'node_modules/a': { version: '1.0.0', license: 'MIT', dev: true },
        'node_modules/b/node_modules/a': { version: '1.0.0', license: 'MIT' },
        'node_modules/b': { version: '2.0.0', license: { type: 'BSD', url: 'x' } },
        'node_modules/@s/c': { version: '3.0.0', license: ['MIT', 'ISC'] },
        'node_modules/alias': { name: 'real', version: '1.0.0' },
      },
    };
    expect(await runCode(codeOf(nodes, 'parse'), { text: JSON.stringify(lock) })).toEqual({
      count: 4,
      chunks: [
        [
          { name: '@s/c', version: '3.0.0', licence: 'MIT OR ISC', dev: false },
          { name: 'a', version: '1.0.0', licence: 'MIT', dev: false },
          { name: 'b', version: '2.0.0', licence: 'BSD', dev: false },
          { name: 'real', version: '1.0.0', licence: '', dev: false },
        ],
      ],
    });
  });

  it('reads old lockfiles too, and cuts the list into chunks of 100', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 250 }, (_, index) => [
        `p${index}`,
        { version: '1.0.0', dependencies: { inner: { version: '2.0.0' } } },
      ]),
    );
    const output = (await runCode(codeOf(nodes, 'parse'), {
      text: JSON.stringify({ lockfileVersion: 1, dependencies: many }),
    })) as { chunks: Json[][] };
    expect(output.chunks.map((chunk) => chunk.length)).toEqual([100, 100, 51]);
  });

  it('counts findings, and puts those to look at first', async () => {
    const finding = (name: string, licence: string, kind: string) => ({
      package: name,
      version: '1.0.0',
      licence,
      class: kind,
      use: 'run time',
      problematic: kind === 'unknown',
    });
    const findings = [
      finding('a', 'MIT', 'permissive'),
      finding('b', 'MPL-2.0', 'weak-copyleft'),
      finding('c|d', 'none', 'unknown'),
      finding('e', 'MIT', 'permissive'),
    ];
    const output = await runCode(codeOf(nodes, 'tally'), { findings });
    expect(output).toMatchObject({
      counts: { total: 4, permissive: 2, weakCopyleft: 1, strongCopyleft: 0, unknown: 1, problematic: 1 },
      licenceTable: '| MIT | 2 |\n| MPL-2.0 | 1 |\n| none | 1 |',
      problemTable: '| c\\|d | 1.0.0 | none | unknown | run time |',
    });
    expect((output as { rows: { package: string }[] }).rows.map((row) => row.package)).toEqual(['c|d', 'a', 'b', 'e']);
  });
});
