import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { jsonDepth, MAX_JSON_DEPTH, parseWireJson, toWireJson } from '../../../src/protocol/wire-json.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

const realDepth = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(realDepth));
};

/** Without the one name that is dropped on purpose. */
const ordinaryJson = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'));

describe('JSON of a side that is not trusted', () => {
  test.prop([ordinaryJson])('is what was written', (value) => {
    expect(parseWireJson(JSON.stringify(value))).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) });
  });

  it('loses members called __proto__ at every depth', () => {
    const parsed = parseWireJson('{"a":[{"__proto__":{"admin":true},"b":1}],"\\u005f_proto__":{"admin":true}}');
    expect(parsed).toEqual({ ok: true, value: { a: [{ b: 1 }] } });
    expect(parsed.ok && Object.hasOwn(Object(parsed.value), '__proto__')).toBe(false);
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
    expect(jsonDepth(text)).toBe(realDepth(JSON.parse(text)));
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
