import { describe, expect, it } from 'vitest';
import { matchesTag, preferredType } from '../../../src/gateway/rest/negotiate.ts';
import { RefusedError } from '../../../src/gateway/rest/refused.ts';

const TYPES = ['application/json', 'application/yaml'] as const;

describe('The type of an answer', () => {
  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/yaml', 'application/yaml'],
    ['APPLICATION/YAML ; q=1.0', 'application/yaml'],
    ['application/*', 'application/json'],
    ['application/*;q=0.4, application/json;q=0.3', 'application/yaml'],
    ['*/*, application/json;q=0', 'application/yaml'],
    ['text/html, */*;q=0.1', 'application/json'],
  ])('for "%s" is %s', (accept, type) => {
    expect(preferredType(accept, TYPES)).toBe(type);
  });

  it.each(['text/html', '', '*/*;q=0', 'application/json;q=x', ',;,'])('for "%s" is none', (accept) => {
    expect(() => preferredType(accept, TYPES)).toThrow(RefusedError);
  });
});

describe('An entity tag', () => {
  it.each([
    ['*', true],
    ['W/"1"', true],
    ['"1"', true],
    ['"0", W/"1"', true],
    ['W/"11"', false],
    ['1', false],
    ['', false],
    [undefined, false],
  ])('is named by %s: %s', (header, named) => {
    expect(matchesTag(header, 'W/"1"')).toBe(named);
  });
});
