import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compile } from '../../../src/compiler/compile.ts';
import { outputSchemaOf } from '../../../src/registry/node-output.ts';
import { documentOf } from '../../support/rules.ts';
import { testRegistry } from '../../support/tools.ts';

const { properties } = z.object({ properties: z.record(z.string(), z.unknown()) }).parse(outputSchemaOf('llm'));

const reads = (member: string): boolean => {
  const ask = { kind: 'llm', model: 'test', prompt: 'Hello', outputSchema: { type: 'string' } };
  const reader = { kind: 'transform', output: `\${ nodes.ask.output.${member} }` };
  return compile(documentOf({ nodes: { ask, reader } }), testRegistry()).ok;
};

describe('The output that a kind of node fixes', () => {
  it('has for a model what the compiler lets expressions read of it, and nothing else', () => {
    expect(Object.keys(properties)).toEqual(['text', 'json', 'finish', 'model']);
    for (const member of Object.keys(properties)) expect(reads(member), member).toBe(true);
    expect(reads('tokens')).toBe(false);
  });

  it('is not fixed where the author says what comes out', () => {
    expect(outputSchemaOf('transform')).toBeUndefined();
    expect(outputSchemaOf('tool')).toBeUndefined();
  });
});
