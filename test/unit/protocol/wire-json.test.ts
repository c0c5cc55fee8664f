import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import {
  jsonSize,
  MAX_JSON_DEPTH,
  MAX_JSON_VALUES,
  parseWireJson,
  toWireJson,
} from '../../../src/protocol/wire-json.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

const realDepth = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(realDepth));
};

const realCount = (value: unknown): number =>
  typeof value !== 'object' || value === null
    ? 1
    : Object.values(value).reduce<number>((sum, item) => sum + realCount(item), 1);

/** Without the one name that is dropped on purpose. */
const ordinaryJson = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'));

/** A letter as it is, or as one of its escapes. */
const written = (letter: string): fc.Arbitrary<string> => {
  const code = letter.charCodeAt(0).toString(16).padStart(4, '0');
  return fc.constantFrom(letter, letter, `\\u${code}`, `\\u${code.toUpperCase()}`);
};
const protoName = fc.tuple(...Array.from('__proto__', written)).map((letters) => letters.join(''));
const otherName = fc.constantFrom('a', '_proto__', '__proto_', '\\\\u005f_proto__', '__PROTO__', '\\"__proto__');
const protoJson = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('1', 'null', '"__proto__"', '"\\\\"'),
    fc.array(tie('text'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(fc.oneof(protoName, otherName), tie('text')), { maxLength: 3 })
      .map((members) => `{${members.map(([name, value]) => `"${name}":${value}`).join(',')}}`),
  ),
})).text;

/** What the parser must do, by looking everywhere. */
function dropSlowly(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Reflect.deleteProperty(value, '__proto__');
  for (const item of Object.values(value)) dropSlowly(item);
}

describe('JSON of a side that is not trusted', () => {
  test.prop([ordinaryJson])('is what was written', (value) => {
    expect(parseWireJson(JSON.stringify(value))).toMatchObject({
      ok: true,
      value: { json: JSON.parse(JSON.stringify(value)) },
    });
  });

  it('loses members called __proto__ at every depth', () => {
    const parsed = parseWireJson('{"a":[{"__proto__":{"admin":true},"b":1}],"\\u005f_proto__":{"admin":true}}');
    expect(parsed).toEqual({ ok: true, value: { json: { a: [{ b: 1 }] }, values: 14 } });
    expect(parsed.ok && Object.hasOwn(Object(parsed.value.json), '__proto__')).toBe(false);
  });

  test.prop([protoJson])('loses them however their name is written', (text) => {
    const slow: unknown = JSON.parse(text);
    dropSlowly(slow);
    const parsed = parseWireJson(text);
    expect(JSON.stringify(parsed.ok && parsed.value.json)).toBe(JSON.stringify(slow));
  });

  it('may hold as many values as the bound, and no more', () => {
    const texts = ['0', '{}', '[]', '"[{,"'].map((item) => (count: number) => `[${Array(count).fill(item).join(',')}]`);
    for (const [index, text] of texts.entries()) {
      // The list itself and, of brackets, the place that a value within them would have.
      const most = index === 0 || index === 3 ? MAX_JSON_VALUES - 1 : MAX_JSON_VALUES / 2 - 1;
      expect(parseWireJson(text(most)).ok).toBe(true);
      expect(parseWireJson(text(most + 1))).toEqual({
        ok: false,
        error: 'a value that holds more than 200000 values and names',
      });
    }
    expect(
      parseWireJson(`{${Array.from({ length: MAX_JSON_VALUES / 2 }, (_, key) => `"${key}":0`).join(',')}}`).ok,
    ).toBe(false);
  });

  it('may nest to the bound and no deeper', () => {
    expect(parseWireJson(nested(MAX_JSON_DEPTH)).ok).toBe(true);
    expect(parseWireJson(nested(MAX_JSON_DEPTH + 1)).ok).toBe(false);
    expect(parseWireJson(nested(400_000)).ok).toBe(false);
  });

  it('is refused when it is no JSON', () => {
    expect(parseWireJson('{')).toEqual({ ok: false, error: 'text that is no JSON' });
  });
});

describe('the answer of code', () => {
  test.prop([fc.jsonValue({ maxDepth: 12 })])('has a text whose depth is counted right', (value) => {
    const text = JSON.stringify(value);
    expect(jsonSize(text).depth).toBe(realDepth(JSON.parse(text)));
    expect(jsonSize(text).values).toBeGreaterThanOrEqual(realCount(JSON.parse(text)));
    expect(toWireJson(value)).toEqual({ ok: true, value: text });
  });

  it('is null when there is none', () => {
    expect(toWireJson(undefined)).toEqual({ ok: true, value: 'null' });
  });

  it.each([
    ['a BigInt', { n: 1n }, /BigInt/],
    ['a function', () => 1, /function/],
    ['a symbol', Symbol('x'), /symbol/],
  ])('is refused with a reason when it is %s', (_, value, reason) => {
    const text = toWireJson(value);
    expect(text.ok ? '' : text.error).toMatch(reason);
  });

  it('is refused when it holds too many values', () => {
    expect(toWireJson(Array(MAX_JSON_VALUES - 1).fill(0)).ok).toBe(true);
    expect(toWireJson(Array(MAX_JSON_VALUES).fill(0))).toEqual({
      ok: false,
      error: 'It holds more than 200000 values and names of members.',
    });
  });

  it('is refused when it refers to itself, is too deep, or throws in toJSON', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    let deep: unknown = 1;
    for (let i = 0; i < 60_000; i += 1) deep = [deep];
    const hostile = {
      toJSON: () => {
        throw new Error('no');
      },
    };
    expect(toWireJson(cyclic)).toMatchObject({ ok: false, error: expect.stringContaining('cyclic') });
    expect(toWireJson(deep)).toMatchObject({ ok: false, error: expect.stringContaining('nested deeper') });
    expect(toWireJson(JSON.parse(nested(MAX_JSON_DEPTH + 1)))).toMatchObject({ ok: false });
    expect(toWireJson(hostile)).toEqual({ ok: false, error: 'no' });
  });
});
