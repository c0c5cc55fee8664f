import { describe, expect, it } from 'vitest';
import type { NodeSpec } from '../../../src/blueprint/node.ts';
import type { Json } from '../../../src/core/json.ts';
import { parseTemplate } from '../../../src/expression/parse.ts';
import type { CompiledTemplate } from '../../../src/expression/template.ts';
import { buildContext, resolve, valuesNeeded, type Place } from '../../../src/execution/scope.ts';
import type { StoredValue } from '../../../src/execution/state.ts';
import { cellsOf } from '../../../src/execution/cells.ts';
import { code, drive, type Drive } from '../../support/drive.ts';

const template = (written: Json): CompiledTemplate => {
  const parsed = parseTemplate(written);
  if (!parsed.ok) throw new Error('It does not parse.');
  return parsed.value;
};

const LARGE = 'x'.repeat(5_000);
const load = (stored: StoredValue): Json => ('value' in stored ? stored.value : LARGE);
const placeOf = ({ state }: Drive, path: string): Place => {
  const body = cellsOf(state).bodies.get(path);
  if (body === undefined) throw new Error(`No body ${path}.`);
  return { state, body };
};
const contextOf = (run: Drive, path: string, written: Json): unknown =>
  buildContext(placeOf(run, path), template(written), load);

const nested = () => {
  const inner: NodeSpec = { kind: 'condition', branches: [{ when: 'true', nodes: { y: code() } }] };
  const run = drive({
    a: code(),
    l: { kind: 'loop', items: '${ nodes.a.output }', as: 'dep', nodes: { x: code(), inner } },
  });
  run.begin('a').succeed('a', ['one', 'two']).open('l', ['one', 'two']);
  return run.run('l[0].x').open('l[0].inner', 0);
};

describe('what an expression reads', () => {
  it('is the input, and outputs of nodes that have ended', () => {
    const run = drive({ a: code(), b: code() }).run('a');
    expect(contextOf(run, '', '${ input.n } ${ nodes.a.output }')).toEqual({
      input: {},
      nodes: { a: { output: 'a' } },
    });
    expect(resolve(placeOf(run, ''), { root: 'nodes', path: ['b', 'output'] })).toBeUndefined();
    expect(resolve(placeOf(run, ''), { root: 'nodes', path: ['nobody', 'output'] })).toBeUndefined();
    expect(resolve(placeOf(run, ''), { root: 'dep', path: [] })).toBeUndefined();
  });

  it('is null for the output of a node that was skipped, or failed and was let go on', () => {
    const run = drive({ a: code({ onFailure: 'continue' }), b: code(), c: code() })
      .begin('a')
      .fail('a')
      .skip('b')
      .run('c');
    expect(contextOf(run, '', ['${ nodes.a.output }', '${ nodes.b.output }'])).toEqual({
      nodes: { a: { output: null }, b: { output: null } },
    });
    expect(contextOf(run, '', ['${ nodes.a.failure.message }', '${ nodes.c.failure }'])).toEqual({
      nodes: { a: { failure: { reason: 'threw', message: 'It broke.' } }, c: { failure: null } },
    });
  });

  it('is the item and its place in a loop, and what surrounds it, from any depth', () => {
    expect(
      contextOf(nested(), 'l[0].inner.0', ['${ dep }', '${ index }', '${ nodes.x.output }', '${ nodes.a.output }']),
    ).toEqual({
      dep: 'one',
      index: 0,
      nodes: { x: { output: 'l[0].x' }, a: { output: ['one', 'two'] } },
    });
  });

  it('is the innermost loop where names are the same', () => {
    const inner = { kind: 'loop', items: [7, 8], nodes: { y: code() } } as const;
    const run = drive({ l: { kind: 'loop', items: [1, 2], concurrency: 2, nodes: { inner } } });
    run.open('l', [1, 2]).open('l[1].inner', [7, 8]);
    expect(contextOf(run, 'l[1].inner[0]', ['${ item }', '${ index }'])).toEqual({ item: 7, index: 0 });
    expect(contextOf(run, 'l[1]', ['${ item }', '${ index }'])).toEqual({ item: 2, index: 1 });
  });

  it('is everything that a node has, and every node in sight, where no member is named', () => {
    const all = resolveAll(nested(), 'l[0]');
    expect(all).toEqual({ a: { output: ['one', 'two'], failure: null }, x: { output: 'l[0].x', failure: null } });
  });

  it('is nothing for a template without expressions', () => {
    expect(contextOf(nested(), '', { plain: 1 })).toEqual({});
  });
});

/** A reference that the compiler refuses in blueprints: `nodes` as a whole. */
function resolveAll(run: Drive, path: string): unknown {
  const whole: CompiledTemplate = {
    references: [
      { root: 'nodes', path: ['a'] },
      { root: 'nodes', path: [] },
    ],
    constant: false,
    evaluate: () => ({ ok: true, value: null }),
  };
  const { nodes } = buildContext(placeOf(run, path), whole, load);
  // Nodes that have not ended have no output; of those only the failure is there.
  return Object.fromEntries(Object.entries(nodes as object).filter(([, one]) => 'output' in (one as object)));
}

describe('values that are not in the state', () => {
  const large = () => drive({ a: code(), b: code() }).begin('a').succeed('a', LARGE).run('b');

  it('are needed before the context is built, each once', () => {
    const run = large();
    const reads = template(['${ nodes.a.output }', '${ nodes.a.output.size() }', '${ nodes.b.output }']);
    expect(valuesNeeded(placeOf(run, ''), reads)).toEqual([{ sequence: 4 }]);
    expect(buildContext(placeOf(run, ''), reads, load)).toEqual({
      nodes: { a: { output: LARGE }, b: { output: 'b' } },
    });
  });

  it('are a loop’s items as one, of which an iteration reads its own', () => {
    const items = Array.from({ length: 500 }, (_one, at) => `item number ${at}`);
    const run = drive({ l: { kind: 'loop', items: '${ input.list }', nodes: { x: code() } } }).open('l', items);
    const place = placeOf(run, 'l[0]');
    expect(valuesNeeded(place, template('${ item }'))).toEqual([{ sequence: 3 }]);
    expect(buildContext(place, template('${ item }'), () => items)).toEqual({ item: 'item number 0' });
    expect(buildContext(place, template('${ item }'), () => null)).toEqual({ item: null });
    expect(buildContext(place, template('${ item }'), () => [])).toEqual({ item: null });
  });

  it('are not needed for what does not exist', () => {
    expect(valuesNeeded(placeOf(large(), ''), template('${ nodes.nobody.output } ${ index }'))).toEqual([]);
  });
});
