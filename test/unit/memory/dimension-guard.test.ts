import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkVector } from '../../../src/memory/dimension-guard.ts';

const space = (dimensions: number) => ({ collection: 'notes', model: 'small', dimensions });

/** A finite number of 32 bits as a whole number of the least one that there is, read from its bits. */
function unitsOf(bits: number): bigint | undefined {
  const exponent = (bits >>> 23) % 256;
  if (exponent === 255) return undefined;
  const fraction = BigInt(bits % 2 ** 23);
  return exponent === 0 ? fraction : (fraction + 2n ** 23n) << BigInt(exponent - 1);
}

const LEAST_UNITS = 2n ** 23n;
/** From here on a number of 32 bits is rounded to infinity. */
const TOO_MANY_UNITS = (2n ** 128n - 2n ** 103n) << 149n;

/** The same question in whole numbers of any size, without a root or a rounding. */
function mayBeWritten(vector: readonly number[], dimensions: number): boolean {
  if (vector.length !== dimensions) return false;
  const view = new DataView(new ArrayBuffer(4));
  let squares = 0n;
  for (const number of vector) {
    view.setFloat32(0, number);
    const units = unitsOf(view.getUint32(0));
    if (units === undefined) return false;
    squares += units ** 2n;
  }
  return squares >= LEAST_UNITS ** 2n && squares < TOO_MANY_UNITS ** 2n;
}

const edges = [NaN, Infinity, -Infinity, 0, -0, 1, 2 ** -126, -(2 ** -126), 2 ** -127, 2 ** -149, 2 ** -150, 2 ** 127];
const large = [
  3.4028234663852886e38,
  -3.4028234663852886e38,
  3.402823567797336e38,
  3.4028236e38,
  2 ** 116,
  1e39,
  1e308,
];
const number = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -1, max: 1, noNaN: true }) },
  { weight: 2, arbitrary: fc.float() },
  { weight: 1, arbitrary: fc.double({ min: -(2 ** -125), max: 2 ** -125 }) },
  { weight: 1, arbitrary: fc.constantFrom(...edges, ...large) },
);
const vectors = fc.oneof(
  fc.array(number, { maxLength: 6 }),
  fc.array(fc.constantFrom(0, -0, 2 ** -149, 2 ** -127, 2 ** -126), { maxLength: 6 }),
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
  fc.array(fc.constantFrom(2 ** 116, 2 ** 127, ...large.slice(0, 2)), { maxLength: 5 }),
);

describe('the dimension guard', () => {
  test('lets through what may be written and nothing else, in 100,000 vectors', { timeout: 60_000 }, () => {
    const seen = { through: 0, refused: 0 };
    fc.assert(
      fc.property(vectors, fc.integer({ min: 1, max: 5 }), fc.boolean(), (vector, other, right) => {
        const dimensions = right ? vector.length : other;
        const answer = checkVector(vector, 'small', space(dimensions));
        if (answer.ok !== mayBeWritten(vector, dimensions)) return false;
        seen[answer.ok ? 'through' : 'refused'] += 1;
        if (!answer.ok) return /^The vector for the collection "notes" .+\. .+\.$/.test(answer.error);
        return Math.abs(Math.hypot(...answer.value) - 1) < 1e-6;
      }),
      { numRuns: 100_000 },
    );
    expect(Math.min(seen.through, seen.refused)).toBeGreaterThan(20_000);
  });

  test.each([
    [[1, 2], 'has 2 numbers, and "small" is declared with 3. Check the dimensions'],
    [[1, NaN, 2], 'holds NaN at place 1, which is no finite number of 32 bits. Ask "small" again'],
    [[1, 2, -Infinity], 'holds -Infinity at place 2'],
    [[1, 2, 1e39], 'holds 1e+39 at place 2'],
    [[0, 0, -0], 'has the length 0, so that its direction means nothing. Embed a text that says something'],
    [[1e-50, 0, 0], 'has the length 0,'],
    [[3e38, 3e38, 3e38], 'has the length 5.19'],
  ])('says of %j what is wrong and what to do', (vector, sentence) => {
    const answer = checkVector(vector, 'small', space(3));
    expect(answer).toEqual({ ok: false, error: expect.stringContaining(`collection "notes" ${sentence}`) });
  });

  test('refuses a vector of another model, however well it fits', () => {
    expect(checkVector([1, 2, 3], 'large', space(3))).toEqual({
      ok: false,
      error:
        'The vector for the collection "notes" was made by the model "large", and the collection holds vectors of "small". ' +
        `Embed with "small", or change the collection's model by a re-embedding job.`,
    });
  });

  test('gives the vector at length 1, and leaves the given one alone', () => {
    const given = Float32Array.of(3, 4);
    expect(checkVector(given, 'small', space(2))).toEqual({ ok: true, value: Float32Array.of(0.6, 0.8) });
    expect([...given]).toEqual([3, 4]);
  });
});
