import { describe, expect, it } from 'vitest';
import { soundSchemas } from '../../../../src/compiler/rules/sound-schemas.ts';
import { findingsOf } from '../../../support/rules.ts';

describe('sound-schemas', () => {
  it('finds what is no JSON Schema, at its place', () => {
    const input = { type: 'object', properties: { a: { type: 'text' }, b: { $ref: 'https://example.org/schema' } } };
    const found = findingsOf(soundSchemas, { input });
    expect(found.map(({ path }) => path)).toEqual(['/input/properties/a/type', '/input/properties/b/$ref']);
  });

  it('has nothing against a sound schema, nor against none', () => {
    expect(findingsOf(soundSchemas, { input: { type: 'object', properties: { a: { type: 'string' } } } })).toEqual([]);
    expect(findingsOf(soundSchemas, {})).toEqual([]);
  });
});
