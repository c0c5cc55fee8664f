import { describe, expect, it } from 'vitest';
import { test } from '@fast-check/vitest';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { checkSchema } from '../../../src/blueprint/check-schema.ts';
import { blueprintSchema } from '../../../src/blueprint/schemas.ts';
import { validateAgainstSchema } from '../../../src/blueprint/validate-against-schema.ts';
import { toJsonObject } from '../../../src/blueprint/to-json-object.ts';
import { arbitraryBlueprint } from '../../support/blueprints.ts';

/** `path: message` of each fault, and how long it took to find them. */
function validate(schema: JsonObject, value: Json): { readonly faults: readonly string[]; readonly ms: number } {
  const startedAt = performance.now();
  const faults = validateAgainstSchema(schema, value).map((issue) => `${issue.path}: ${issue.message}`);
  return { faults, ms: performance.now() - startedAt };
}

const TOO_MANY = ': The value and its schema take too many steps to compare: the schema refers to itself, or too much.';

describe('a value held against a JSON Schema', () => {
  it.each<[JsonObject, Json, readonly string[]]>([
    [{}, 1, []],
    [{ type: 'string' }, 'a', []],
    [{ type: 'string' }, 1, [': This is of type number; it must be string.']],
    [{ type: ['string', 'null'] }, 1, [': This is of type number; it must be string or null.']],
    [{ type: 'integer' }, 1.5, [': This is of type number; it must be integer.']],
    [
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: {} },
        required: ['a', 'c'],
        additionalProperties: false,
      },
      { a: 1, x: 1 },
      [
        ': The property "c" is missing.',
        '/a: This is of type number; it must be string.',
        '/x: This is not expected here.',
      ],
    ],
    [{ additionalProperties: { type: 'string' } }, { a: 1 }, ['/a: This is of type number; it must be string.']],
    [
      { properties: { 'a/b #%é': { type: 'string' } } },
      { 'a/b #%é': 1 },
      ['/a~1b #%é: This is of type number; it must be string.'],
    ],
    [
      { items: { type: 'number' } },
      [1, 'a', true],
      ['/1: This is of type string; it must be number.', '/2: This is of type boolean; it must be number.'],
    ],
    [{ prefixItems: [{ type: 'string' }], items: false }, ['a', 2], ['/1: This is not expected here.']],
    [
      { contains: { const: 1 }, maxItems: 1 },
      [2, 3],
      [': Array has too many items (2 > 1).', ': Array does not contain item matching schema.'],
    ],
    [{ uniqueItems: true }, [1, 2, 1], [': Duplicate items at indexes 0 and 2.']],
    [{ uniqueItems: false }, [1, 1], []],
    [{ minimum: 3 }, 1, [': 1 is less than 3.']],
    [{ multipleOf: 2 }, 3, [': 3 is not a multiple of 2.']],
    [{ enum: [1, 'a'] }, 2, [': This does not match any of [1,"a"].']],
    [{ const: { a: 1 } }, { a: 2 }, [': This does not match {"a":1}.']],
    [{ not: { type: 'string' } }, 'a', [': This matched "not" schema.']],
    [
      { if: { type: 'string' }, then: { minLength: 2 }, else: { minimum: 5 } },
      'a',
      [': This text is too short: at least 2 characters are needed.'],
    ],
    [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, 1, []],
    [
      { $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'string' } } },
      1,
      [': This is of type number; it must be string.'],
    ],
    [
      { properties: { child: { $ref: '#' } }, required: ['x'] },
      { x: 1, child: {} },
      ['/child: The property "x" is missing.'],
    ],
    [{ maxLength: 2 }, '😀😀', []],
    [{ maxLength: 2 }, 'abc', [': This text is too long: at most 2 characters are allowed.']],
    [{ minLength: 2 }, '😀', [': This text is too short: at least 2 characters are needed.']],
    [{ pattern: '^a+$' }, 'aaa', []],
    [{ pattern: '^a"+$' }, 'b', [': This text does not match the pattern ^a"+$']],
    [{ pattern: '^a+$' }, 5, []],
    [{ propertyNames: { pattern: '^[a-z]+$' } }, { a1: 1 }, ['/a1: This text does not match the pattern ^[a-z]+$']],
    [{ format: 'email' }, 'a@b.test', []],
    [{ format: 'email' }, 'a', [': This text is no valid email.']],
    [{ format: 'date-time' }, '2024-01-02T03:04:05Z', []],
    // Formats that cannot be checked in linear time, and those that nobody knows, are notes.
    [{ format: 'url' }, 'a', []],
    [{ format: 'constructor' }, 'a', []],
    [{ title: 'x', 'x-note': { $ref: 'https://a.test' }, constructor: 1, description: 'y' }, 1, []],
  ])('%j, %j', (schema, value, faults) => {
    expect(validate(schema, value).faults).toEqual(faults);
  });

  it('does not pass when the schema is faulty', () => {
    expect(validate({ type: 'strange' }, 1).faults).toEqual([
      ': The schema is faulty at "/type": This must be one or a list of array, boolean, integer, null, number, object, string.',
    ]);
  });

  it('tells of a large value the first fault', () => {
    const { faults } = validate(
      { items: { type: 'string' } },
      Array.from({ length: 5_000 }, () => 1),
    );
    expect(faults).toEqual(['/0: This is of type number; it must be string.']);
  });
});

describe('validation', () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, at) => [
      `d${at}`,
      { anyOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] },
    ]),
  );

  it.each<[string, JsonObject, Json, RegExp]>([
    [
      'a pattern that makes backtracking explode',
      { pattern: '^(a+)+$' },
      `${'a'.repeat(100_000)}b`,
      /does not match the pattern/,
    ],
    ['a format that makes backtracking explode', { format: 'hostname' }, 'a-'.repeat(500_000), /no valid hostname/],
    [
      'references that double',
      { $ref: '#/$defs/d0', $defs: { ...doubling, d40: { type: 'string' } } },
      5,
      /too many steps/,
    ],
    ['a reference to itself', { $ref: '#' }, 5, /too many steps/],
    [
      'many choices for many items',
      { items: { anyOf: [...Array.from({ length: 200 }, () => ({ type: 'string' })), { type: 'number' }] } },
      Array.from({ length: 20_000 }, () => 1),
      /too many steps/,
    ],
    [
      'long lists of choices',
      { items: { anyOf: [{ enum: Array.from({ length: 5_000 }, (_, at) => `x${at}`) }, {}] } },
      Array.from({ length: 20_000 }, () => 1),
      /too many steps/,
    ],
    [
      'unique items in a long list',
      { uniqueItems: true },
      Array.from({ length: 100_000 }, (_, at) => at),
      /too many items \(100000 > 1000\)/,
    ],
    [
      'many patterns on a long text',
      { allOf: Array.from({ length: 500 }, (_, at) => ({ pattern: `^[^${at}]{0,20}` })) },
      'a'.repeat(1_000_000),
      /too many steps/,
    ],
    [
      'a value that is nested without end',
      { items: { $ref: '#' } },
      Array.from({ length: 20_000 }).reduce<Json>((inner) => [inner], 1),
      /too many steps/,
    ],
  ])(
    'of %s ends soon',
    (_name, schema, value, message) => {
      const { faults, ms } = validate(schema, value);
      expect(faults).toEqual([expect.stringMatching(message)]);
      expect(ms).toBeLessThan(10_000);
    },
    30_000,
  );

  it('leaves each value its own steps', () => {
    const schema = { items: { type: 'number' } };
    const value = Array.from({ length: 200_000 }, () => 1);
    for (let round = 0; round < 5; round += 1) expect(validate(schema, value).faults).toEqual([]);
    expect(
      validate(
        { items: { type: 'number' } },
        Array.from({ length: 600_000 }, () => 1),
      ).faults,
    ).toEqual([TOO_MANY]);
  }, 30_000);
});

describe('the check of a schema', () => {
  it.each<[JsonObject, readonly string[]]>([
    [{ type: 'object', properties: { a: { items: { type: 'string' } } }, $defs: { x: true } }, []],
    [{ properties: { a: 5 } }, ['/properties/a: A schema is an object, true or false.']],
    [{ properties: [] }, ['/properties: This must be an object of schemas.']],
    [{ anyOf: [] }, ['/anyOf: This must be a list of schemas.']],
    [{ required: 'a' }, ['/required: This must be a list of texts.']],
    [{ dependentRequired: { a: 'b' } }, ['/dependentRequired: This must be an object of lists.']],
    [{ minimum: '1' }, ['/minimum: This must be a number.']],
    [{ minLength: -1 }, ['/minLength: This must be a whole number.']],
    [{ uniqueItems: 1 }, ['/uniqueItems: This must be true or false.']],
    [{ enum: 1 }, ['/enum: This must be a list.']],
    [{ format: 1 }, ['/format: This must be a text.']],
    [{ type: [1] }, ['/type: This must be one or a list of array, boolean, integer, null, number, object, string.']],
    [{ multipleOf: 0 }, ['/multipleOf: This must be greater than 0.']],
    [{ $ref: 'https://a.test/x' }, ['/$ref: Only places in the same schema can be referred to: #/$defs/name.']],
    [{ $ref: '#/$defs/x' }, ['/$ref: There is no schema at "#/$defs/x".']],
    [{ $ref: '#/enum/0', enum: [{}] }, ['/$ref: There is no schema at "#/enum/0".']],
    [{ $ref: '#/title', title: 'x' }, ['/$ref: There is no schema at "#/title".']],
    [{ $ref: '#/items/anyOf/0/not', items: { anyOf: [{ not: {} }] } }, []],
    [
      { allOf: [{ $dynamicRef: '#x' }] },
      ['/allOf/0/$dynamicRef: $dynamicRef is not supported. Use $ref to a place in the same schema.'],
    ],
    [
      { patternProperties: {} },
      [
        '/patternProperties: patternProperties is not supported. Use propertyNames with a pattern, or additionalProperties.',
      ],
    ],
    [
      { items: { pattern: '(' } },
      [
        "/items/pattern: The pattern is not one of RE2's syntax (no look-around, no back-references): error parsing regexp: missing closing ): `(`",
      ],
    ],
    [{ description: 'x'.repeat(65_536) }, [': The schema has 65554 bytes; 65536 are allowed.']],
  ])('of %j', (schema, issues) => {
    expect(checkSchema(schema).map((issue) => `${issue.path}: ${issue.message}`)).toEqual(issues);
  });

  it('refuses deep nesting', () => {
    let schema: JsonObject = {};
    for (let depth = 0; depth < 40; depth += 1) schema = { not: schema };
    expect(checkSchema(schema)).toEqual([
      { rule: 'json-schema', path: '/not'.repeat(32), message: 'Schemas are nested 33 deep here; 32 are allowed.' },
    ]);
  });
});

describe('the schema of the blueprint file', () => {
  it('is a sound schema by its own rules', () => {
    expect(checkSchema(blueprintSchema())).toEqual([]);
  });

  test.prop([arbitraryBlueprint()], { numRuns: 25 })('lets every sound blueprint pass', (blueprint) => {
    expect(validateAgainstSchema(blueprintSchema(), toJsonObject(blueprint))).toEqual([]);
  });

  it('refuses what the parser refuses', () => {
    expect(
      validateAgainstSchema(blueprintSchema(), { name: 'b', nodes: { a: { kind: 'transform' } } }).length,
    ).toBeGreaterThan(0);
    expect(
      validateAgainstSchema(blueprintSchema(), { name: 'b', nodes: { 'A-b': { kind: 'transform', output: 1 } } })
        .length,
    ).toBeGreaterThan(0);
  });
});
