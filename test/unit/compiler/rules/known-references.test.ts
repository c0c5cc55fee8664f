import { describe, expect, it } from 'vitest';
import { knownReferences } from '../../../../src/compiler/rules/known-references.ts';
import { findingsOf, transform } from '../../../support/rules.ts';

const messagesOf = (nodes: unknown, output?: unknown): readonly string[] =>
  findingsOf(knownReferences, { nodes, ...(output !== undefined && { output }) }).map(({ message }) => message);

describe('known-references', () => {
  it('finds a node that is not there, and says which may have been meant', () => {
    const found = findingsOf(knownReferences, {
      nodes: { greet: transform(1), count: transform({ of: '${ nodes.gret.output }' }) },
    });
    expect(found).toEqual([
      {
        path: '/nodes/count/output',
        message: 'Node "count" reads "nodes.gret", but there is no node "gret". Did you mean "greet"?',
      },
    ]);
  });

  it('finds a member that no node has, and says where outputs are', () => {
    expect(messagesOf({ greet: transform({ text: 'x' }), b: transform('${ nodes.greet.text }') })).toEqual([
      'Node "b" reads "nodes.greet.text", but a node has "output" and "failure" only. Did you mean nodes.greet.output.text?',
    ]);
  });

  it('wants to know which node, and which part of it', () => {
    expect(messagesOf({ a: transform(1), b: transform('${ nodes }'), c: transform('${ nodes.a }') })).toEqual([
      'Node "b" reads "nodes" as a whole. Name the node, so that it is known what to wait for: nodes.<name>.output.',
      'Node "c" reads the node "a" as a whole. Read nodes.a.output.',
    ]);
  });

  it('finds a node that reads its own output', () => {
    expect(messagesOf({ a: transform('${ nodes.a.output }') })).toEqual([
      'Node "a" reads its own output, which is not there before it has run. Read another node, or input.',
    ]);
  });

  it('finds a body that reads the node around it', () => {
    const each = {
      kind: 'loop',
      items: [1],
      nodes: { inner: transform('${ nodes.each.output }') },
      output: '${ nodes.each.output }',
    };
    expect(messagesOf({ each })).toEqual([
      'Node "inner" reads "nodes.each" from inside "each", which has no output before all inside has ended. Read a node beside it.',
      'The output in "each" reads "nodes.each" from inside "each", which has no output before all inside has ended. Read a node beside it.',
    ]);
  });

  it('says whose output to read of what is inside another node', () => {
    const inside = {
      kind: 'loop',
      items: [1],
      nodes: { deep: { kind: 'parallel', branches: { a: { nodes: { x: transform(1) } } } } },
    };
    expect(messagesOf({ inside, after: transform('${ nodes.x.output }') })).toEqual([
      'Node "after" reads "nodes.x", but "x" is inside "inside", and only the output of that can be seen. Read nodes.inside.output.',
    ]);
  });

  it('finds a node of another branch', () => {
    const both = {
      kind: 'parallel',
      branches: { a: { nodes: { x: transform(1) } }, b: { nodes: { y: transform('${ nodes.x.output }') } } },
    };
    expect(messagesOf({ both })).toEqual([
      'Node "y" reads "nodes.x", but "x" is inside "both", and only the output of that can be seen. Read nodes.both.output.',
    ]);
  });

  it('finds what is no name here, and says what may have been meant', () => {
    const each = { kind: 'loop', items: [1], as: 'dep', nodes: {}, output: 1 };
    expect(
      messagesOf(
        {
          greet: transform(1),
          each,
          a: transform('${ inputs.x }'),
          b: transform('${ greet.text }'),
          c: transform('${ greet.output }'),
        },
        '${ dep + index }',
      ),
    ).toEqual([
      'Node "a" reads "inputs", but there is no "inputs" here. Did you mean "input"?',
      'Node "b" reads "greet", but nodes stand under "nodes". Did you mean nodes.greet.output.text?',
      'Node "c" reads "greet", but nodes stand under "nodes". Did you mean nodes.greet.output?',
      'The output of the blueprint reads "dep", which can be seen inside the loop "each" only.',
      'The output of the blueprint reads "index", which can be seen inside the loop "each" only.',
    ]);
    expect(messagesOf({ a: transform('${ index }') })[0]).toContain(
      'there is no "index" here. There are "input" and "nodes".',
    );
  });

  it('reads a condition of a branch outside of the branch', () => {
    const choice = { kind: 'condition', branches: [{ when: 'nodes.x.output == 1', nodes: { x: transform(1) } }] };
    expect(messagesOf({ choice })[0]).toContain('"x" is inside "choice"');
  });

  it('has nothing against what is in scope: nodes beside and around, input, items and their number', () => {
    const each = {
      kind: 'loop',
      items: '${ input.list }',
      nodes: {
        a: transform(['${ nodes.outer.output }', '${ item }', '${ index }', '${ input.x }']),
        b: transform('${ nodes.a.output }', { when: 'nodes.outer.output.exists(x, x == item)' }),
        c: transform('${ nodes.b.failure.message }'),
      },
      output: '${ nodes.b.output }',
    };
    expect(messagesOf({ outer: transform([1]), each }, '${ nodes.each.output }')).toEqual([]);
  });
});
