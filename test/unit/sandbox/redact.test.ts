import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { MIB } from '../../../src/core/units.ts';
import { createRedactor, REDACTED } from '../../../src/sandbox/redact.ts';

// The brackets of the mark could make a secret anew together with what stands beside it.
const secret = fc
  .string({ minLength: 8, maxLength: 40, unit: 'binary' })
  .filter((text) => !/[[\]]/.test(text) && Buffer.byteLength(text) >= 8);
const around = fc.string({ maxLength: 40, unit: 'binary' });

const everyPercent = (text: string, upper: boolean): string =>
  [...Buffer.from(text)]
    .map((byte) => `%${upper ? byte.toString(16).padStart(2, '0').toUpperCase() : byte.toString(16).padStart(2, '0')}`)
    .join('');

describe('redaction', () => {
  test.prop([secret, around, around])('finds a secret as it is', (value, before, after) => {
    const redacted = createRedactor([value]).text(`${before}${value}${after}`);
    expect(redacted).not.toContain(value);
    expect(redacted).toContain(REDACTED);
  });

  test.prop([secret, around, around])('finds a secret in a string of JSON', (value, before, after) => {
    const redacted = createRedactor([value]).text(JSON.stringify({ [before]: `${before}${value}${after}` }));
    expect(redacted).not.toContain(JSON.stringify(value).slice(1, -1));
  });

  test.prop([secret, fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 20 })])(
    'finds a secret in base64 of both alphabets, whatever stands before and behind it',
    (value, before, after) => {
      const joined = Buffer.concat([before, Buffer.from(value), after]);
      for (const alphabet of ['base64', 'base64url'] as const) {
        const redacted = createRedactor([value]).text(joined.toString(alphabet));
        expect(redacted).toContain(REDACTED);
        // What is left at the ends is decoded to less than the secret.
        expect(Buffer.from(redacted.replace(REDACTED, ''), alphabet).includes(value)).toBe(false);
        const [left = '', right = ''] = redacted.split(REDACTED);
        expect(left.length).toBeLessThanOrEqual(Math.ceil((before.length * 8) / 6) + 1);
        expect(right.replaceAll('=', '').length).toBeLessThanOrEqual(Math.ceil((after.length * 8) / 6) + 2);
      }
    },
  );

  test.prop([secret, around])('finds a secret URL-encoded, in part or as a whole, also in base64', (value, before) => {
    const redactor = createRedactor([value]);
    const encoded = [
      encodeURIComponent(value),
      new URLSearchParams({ q: value }).toString().slice(2),
      everyPercent(value, true),
      everyPercent(value, false),
      encodeURIComponent(Buffer.from(value).toString('base64')),
    ];
    for (const form of encoded) expect(redactor.text(`${before}${form}`)).not.toContain(form);
  });

  test.prop([secret, fc.string({ maxLength: 200 })])('leaves alone what has nothing of it', (value, text) => {
    fc.pre(!decodeURIComponent(text.replaceAll('%', '%25')).includes(value.slice(0, 4)));
    const redactor = createRedactor([value]);
    if (!redactor.text(text).includes(REDACTED)) expect(redactor.text(text)).toBe(text);
  });

  test.prop([fc.array(secret, { minLength: 1, maxLength: 5 }), fc.jsonValue()])(
    'leaves no secret anywhere in JSON',
    (values, value) => {
      const [first = ''] = values;
      const planted: Json = { [first]: [value as Json, `x${values.join('')}`, { deep: values }] }; // fast-check makes JSON
      const text = JSON.stringify(createRedactor(values).json(planted));
      for (const each of values) expect(text).not.toContain(JSON.stringify(each).slice(1, -1));
    },
  );

  it('finds a secret that is a number', () => {
    expect(createRedactor(['1234567890']).json({ pin: 1_234_567_890, other: 12 })).toEqual({
      pin: REDACTED,
      other: 12,
    });
  });

  it('gives back the same bytes when there is nothing to do', () => {
    const bytes = Buffer.from('nothing to see here');
    expect(createRedactor(['hunter22hunter22']).bytes(bytes)).toBe(bytes);
    expect(createRedactor([]).bytes(bytes)).toBe(bytes);
  });

  it('costs no more with a hundred secrets than with one', { timeout: 60_000 }, () => {
    const body = Buffer.alloc(2 * MIB, 'The quick brown fox %41 jumps over the lazy dog. ');
    const secrets = Array.from({ length: 100 }, (_, at) => `secret-number-${at}-${'x'.repeat(at)}`);
    const one = createRedactor(secrets.slice(0, 1));
    const many = createRedactor(secrets);
    const took = (redactor: typeof one): number => {
      const start = performance.now();
      redactor.bytes(body);
      return performance.now() - start;
    };
    took(one);
    // Ten times is far from a hundred times, and far from the noise of a busy machine.
    expect(took(many)).toBeLessThan(10 * took(one) + 200);
  });
});
