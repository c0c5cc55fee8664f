import { describe, expect, it } from 'vitest';
import { reachableNodes } from '../../../../src/compiler/rules/reachable-nodes.ts';
import { code, findingsOf, transform } from '../../../support/rules.ts';

const messagesOf = (nodes: object): readonly string[] =>
  findingsOf(reachableNodes, { nodes }).map(({ message }) => message);

describe('reachable-nodes', () => {
  it('finds a node that is always skipped, and what is skipped with it', () => {
    const nodes = {
      off: transform(1, { when: 'false' }),
      needs: transform('${ nodes.off.output }'),
      further: transform(1, { after: ['needs'] }),
      other: transform(1),
      any: transform(1, { after: ['off', 'other'], join: 'any' }),
      onlyany: transform(1, { after: ['off', 'needs'], join: 'any' }),
    };
    expect(findingsOf(reachableNodes, { nodes })).toEqual([
      {
        path: '/nodes/off/when',
        message:
          'Node "off" never runs: its condition is always false. Nor do "needs", "onlyany" and "further", which cannot do without it.',
      },
    ]);
    expect(messagesOf({ off: nodes.off, needs: nodes.needs })).toEqual([
      'Node "off" never runs: its condition is always false. Nor does "needs", which cannot do without it.',
    ]);
    expect(messagesOf({ off: nodes.off })).toEqual(['Node "off" never runs: its condition is always false.']);
  });

  it('does not count a fallback as skipped with its node', () => {
    const nodes = {
      off: code({}, { when: '1 > 2', onFailure: { fallback: 'spare' } }),
      spare: transform('${ nodes.off.failure }'),
    };
    expect(messagesOf(nodes)).toEqual(['Node "off" never runs: its condition is always false.']);
  });

  it('finds branches that are never chosen', () => {
    const branches = [{ when: 'false' }, { when: 'input.x' }, { when: 'true' }, { when: 'input.y' }];
    expect(messagesOf({ choice: { kind: 'condition', branches, otherwise: {} } })).toEqual([
      'Branch "0" of "choice" never runs: its condition is always false.',
      'Branch "3" of "choice" never runs: the condition of branch "2" before it is always true.',
      'Branch "otherwise" of "choice" never runs: the condition of branch "2" before it is always true.',
    ]);
  });

  it('finds a loop through nothing', () => {
    expect(messagesOf({ each: { kind: 'loop', items: [] } })).toEqual([
      'The body of "each" never runs: its list is empty.',
    ]);
  });

  it('has nothing against conditions that depend on something, or that cannot be evaluated', () => {
    const nodes = {
      a: transform(1, { when: 'input.x' }),
      b: transform(1, { when: '1 / 0 > 1' }),
      c: transform(1, { when: 'true' }),
      d: transform(1, { when: 'broken (' }),
      e: { kind: 'loop', items: '${ input.list }' },
    };
    expect(messagesOf(nodes)).toEqual([]);
  });
});
