import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkGuarantees,
  MEMORY_GUARANTEES,
  MEMORY_KINDS,
  OFFERED_GUARANTEES,
} from '../../../src/blueprint/memory-guarantee.ts';

const subsets = [...Array(2 ** MEMORY_GUARANTEES.length).keys()].map((bits) =>
  MEMORY_GUARANTEES.filter((_, index) => (bits >> index) % 2 === 1),
);

describe('guarantees', () => {
  test('hold for every kind, request and offer there is: all that was asked for, or what is missing', () => {
    for (const kind of MEMORY_KINDS)
      for (const requested of subsets)
        for (const offered of subsets) {
          const answer = checkGuarantees(kind, requested, offered);
          const missing = requested.filter((one) => !new Set(offered).has(one));
          if (answer.ok) {
            expect(missing).toEqual([]);
            expect(answer.value).toEqual(requested);
          } else {
            expect(answer.error.missing).toEqual(missing);
            expect(missing.length).toBeGreaterThan(0);
            for (const one of missing)
              expect(answer.error.message.match(new RegExp(one, 'g'))?.length).toBeGreaterThan(1);
            for (const one of offered) expect(answer.error.message).toContain(`"${one}"`);
          }
        }
  });

  test('do not depend on order or repetition', () => {
    const requests = fc.array(fc.constantFrom(...MEMORY_GUARANTEES));
    fc.assert(
      fc.property(fc.constantFrom(...MEMORY_KINDS), requests, requests, (kind, requested, offered) => {
        const sorted = MEMORY_GUARANTEES.filter((one) => requested.includes(one));
        const all = MEMORY_GUARANTEES.filter((one) => offered.includes(one));
        expect(checkGuarantees(kind, requested, offered).ok).toBe(checkGuarantees(kind, sorted, all).ok);
      }),
    );
  });

  test('that are offered are given', () => {
    for (const kind of MEMORY_KINDS)
      expect(checkGuarantees(kind, OFFERED_GUARANTEES[kind])).toEqual({ ok: true, value: OFFERED_GUARANTEES[kind] });
  });

  test.each([
    [
      'working',
      ['ttl'],
      'The working memory was asked for "ttl", but offers only "ephemeral" and "durable". Leave "ttl" out, or use the episodic memory, which offers all that was asked for.',
    ],
    [
      'semantic',
      ['ttl', 'vectorised'],
      'The semantic memory was asked for "ttl", but offers only "durable" and "vectorised". Leave "ttl" out, and have "ttl" with the episodic memory.',
    ],
    [
      'episodic',
      ['ephemeral', 'vectorised'],
      'The episodic memory was asked for "ephemeral" and "vectorised", but offers only "durable" and "ttl". Leave "ephemeral" and "vectorised" out, and have "ephemeral" with the working memory, or "vectorised" with the semantic memory.',
    ],
  ] as const)('of the %s memory that are not offered are named with what to change', (kind, requested, message) => {
    expect(checkGuarantees(kind, requested)).toMatchObject({ ok: false, error: { message } });
  });
});
