import { describe, expect, it } from 'vitest';
import { toolInput } from '../../../../src/compiler/rules/tool-input.ts';
import { code, findingsOf, transform } from '../../../support/rules.ts';

const input = {
  type: 'object',
  properties: { text: { type: 'string' }, n: { type: 'number' }, flags: { type: 'array', items: { type: 'boolean' } } },
};
const repeat = (given?: unknown) => ({
  kind: 'tool',
  tool: 'text.repeat',
  ...(given !== undefined && { input: given }),
});

/** Place and end of the message of all that is wrong with an input of `text.repeat`. */
const faultsOf = (given?: unknown): readonly string[] =>
  findingsOf(toolInput, { input, nodes: { run: code(), made: transform({ t: 'x' }), call: repeat(given) } }).map(
    ({ path, message }) => `${path.replace('/nodes/call/input', '')}: ${message.replace(/^.*?": (?=[A-Z])/, '')}`,
  );

describe('tool-input', () => {
  it('says which node and which tool', () => {
    expect(findingsOf(toolInput, { nodes: { call: repeat({ text: 'a' }) } })).toEqual([
      {
        path: '/nodes/call/input',
        message: 'The input of "call" does not fit the tool "text.repeat": The property "times" is missing.',
      },
    ]);
  });

  it('checks a constant input by its values', () => {
    expect(faultsOf({ text: 'a', times: 1, marks: ['x'] })).toEqual([]);
    expect(faultsOf()).toHaveLength(2);
    expect(faultsOf({ text: 1, times: 0, marks: [1], more: true }).map((fault) => fault.split(':')[0])).toEqual([
      '/text',
      '/times',
      '/marks/0',
      '/more',
    ]);
  });

  it('checks expressions by their types', () => {
    expect(faultsOf({ text: '${ input.text }', times: '${ input.n }', marks: '${ [input.text] }' })).toEqual([]);
    expect(faultsOf({ text: '${ input.n }', times: '${ nodes.made.output.t }' })).toEqual([
      '/text: This is a number, but a string is expected.',
      '/times: This is a string, but a number is expected.',
    ]);
    expect(faultsOf({ text: 'is ${ input.n }', times: '${ input.flags }' })).toHaveLength(1);
  });

  it('finds what is missing and what is unknown beside expressions', () => {
    const faults = faultsOf({ text: '${ input.text }', tmies: 1 });
    expect(faults).toEqual(['The member "times" is missing.', '/tmies'].map((each) => expect.stringContaining(each)));
  });

  it('checks what is constant beside expressions by its values', () => {
    expect(faultsOf({ text: '${ input.text }', times: 0 }).map((fault) => fault.split(':')[0])).toEqual(['/times']);
    expect(
      faultsOf({ text: '${ input.text }', times: 1.5, marks: ['${ input.text }', 7] }).map(
        (fault) => fault.split(':')[0],
      ),
    ).toEqual(['/times', '/marks/1']);
  });

  it('says where in a list a type is wrong: at the list', () => {
    expect(faultsOf({ text: 'a', times: 1, marks: '${ input.flags }' }).map((fault) => fault.split(':')[0])).toEqual([
      '/marks',
    ]);
  });

  it('checks an input that is one expression', () => {
    expect(faultsOf('${ nodes.run.output }')).toEqual([]);
    expect(faultsOf('${ input.text }')).toHaveLength(1);
  });

  it('says nothing of unknown tools and faulty expressions', () => {
    const nodes = { a: { kind: 'tool', tool: 'no.tool', input: 1 }, b: repeat({ text: '${ 1 + }' }) };
    expect(findingsOf(toolInput, { nodes })).toEqual([]);
  });
});
