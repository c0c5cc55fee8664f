import { describe, expect, it } from 'vitest';
import { createCel } from '../../../src/expression/cel.ts';
import { compileExpression } from '../../../src/expression/evaluate.ts';
import { compileLinearRegex, MAX_PATTERN_LENGTH } from '../../../src/expression/linear-regex.ts';
import { MAX_TEXT_LENGTH } from '../../../src/expression/meter.ts';
import type { EvaluationContext } from '../../../src/expression/template.ts';

const TEN = '[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]';
const tooMany = /^It takes more than 1,000,000 steps/;

/** What became of an expression, and how long it took. */
function run(source: string, context: EvaluationContext = {}): { readonly answer: unknown; readonly ms: number } {
  const startedAt = performance.now();
  const compiled = compileExpression(source);
  if (!compiled.ok) return { answer: compiled.error.message, ms: performance.now() - startedAt };
  const evaluated = compiled.value.evaluate(context);
  const answer = evaluated.ok ? evaluated.value : evaluated.error.message;
  return { answer, ms: performance.now() - startedAt };
}

/** `macro(a, macro(b, ...))`, six deep: a million rounds. */
const nested = (macro: string, innermost: string): string =>
  ['a', 'b', 'c', 'd', 'e', 'f'].reduceRight((inner, name) => `${TEN}.${macro}(${name}, ${inner})`, innermost);

/** Names a value, then doubles it forty times over. */
const doubled = (start: string, double: string, last = 'x'): string => {
  let source = last;
  for (let round = 0; round < 40; round += 1) source = `cel.bind(x, ${double}, ${source})`;
  return `cel.bind(x, ${start}, ${source})`;
};

describe('matches', () => {
  it('takes linear time on a pattern that makes backtracking explode', () => {
    const text = `${'a'.repeat(30)}b`;
    for (const source of ['input.text.matches("^(a+)+$")', 'matches(input.text, "^(a+)+$")']) {
      const { answer, ms } = run(source, { input: { text } });
      expect(answer).toBe(false);
      expect(ms).toBeLessThan(100);
    }
  });

  it('finds the pattern anywhere in the text', () => {
    expect(run('"a-1".matches("[0-9]")').answer).toBe(true);
    expect(run('"a".matches("^b$")').answer).toBe(false);
  });

  it('refuses what needs backtracking, and patterns that are too long or repeat too much', () => {
    expect(run('"a".matches("(?=a)")').answer).toMatch(/^The pattern is not one of RE2's syntax/);
    expect(run('"a".matches("(a")').answer).toMatch(/^The pattern is not one of RE2's syntax/);
    expect(run(`"a".matches("${'a'.repeat(MAX_PATTERN_LENGTH + 1)}")`).answer).toBe(
      `The pattern has ${MAX_PATTERN_LENGTH + 1} characters; ${MAX_PATTERN_LENGTH} are allowed.`,
    );
    expect(run(`"a".matches("${'(abcdefghi|jklm){900}'.repeat(3)}")`).answer).toBe(
      'The pattern repeats too much: lower its {counts}.',
    );
  });

  it('keeps only so many compiled patterns', () => {
    for (let each = 0; each < 600; each += 1) expect(compileLinearRegex(`^${each}$`).ok).toBe(true);
    const again = compileLinearRegex('^7$');
    expect(again.ok && again.value.test('7')).toBe(true);
  });

  it('pays for patterns that are made in a loop', () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `^${at}`);
    expect(run('input.all(p, "x".matches(p) == false)', { input: many }).answer).toMatch(tooMany);
  });
});

describe('the bound of steps', () => {
  it.each<[string, string]>([
    ['nested maps', nested('map', '1')],
    ['exists_one', nested('exists_one', 'a == 11')],
    ['exists, which would swallow an error', nested('exists', 'a == 11')],
    ['all, which would swallow an error', nested('all', 'a < 11 || b > 11')],
    ['a disjunction, which would swallow an error', `${nested('exists', 'a == 11')} || true`],
    ['doubled lists', doubled('[1]', 'x + x')],
    ['doubled results', doubled('[1]', '[x, x]')],
    ['comparing doubled values', doubled('[1]', '[x, x]', 'x == x')],
    ['comparing doubled maps', doubled('{"a": 1}', '{"a": x, "b": x}', 'x == x')],
    ['looking for doubled values', doubled('[1]', '[x, x]', 'x in [x]')],
    ['doubled maps', doubled('{"a": 1}', '{"a": x, "b": x}')],
  ])(
    'ends %s',
    (_name, source) => {
      const { answer, ms } = run(source);
      expect(answer).toMatch(tooMany);
      expect(ms).toBeLessThan(3_000);
    },
    30_000,
  );

  it.each<[string, string]>([
    ['sizes of objects', 'input.many.all(i, size(input.object) > 0)'],
    ['keys of objects', 'input.many.all(i, input.object.exists(k, true))'],
    ['long texts', 'input.many.all(i, input.text.contains("b") == false)'],
    ['sizes of texts', 'input.many.all(i, size(input.text) > 0)'],
    ['comparing texts', 'input.many.all(i, input.text == input.same)'],
    ['looking through lists', 'input.many.all(i, (i in input.many) || true)'],
    ['joins', 'input.many.all(i, input.texts.join(",") != "")'],
    ['bytes', 'input.many.all(i, size(bytes(input.text)) > 0)'],
    ['time zones', 'input.many.all(i, timestamp("2024-01-02T03:04:05Z").getHours("UTC") > 0)'],
  ])('counts what %s cost', (_name, source) => {
    const text = 'a'.repeat(100_000);
    const input = {
      many: Array.from({ length: 3_000 }, (_, at) => at),
      object: Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, at])),
      text,
      same: text.slice(0, 99_999).concat('a'),
      texts: Array.from({ length: 1_000 }, () => 'text'),
    };
    expect(run(source, { input }).answer).toMatch(tooMany);
  });

  it('leaves each evaluation its own steps', () => {
    const half = `${TEN}.map(a, ${TEN}.map(b, ${TEN}.map(c, ${TEN}.map(d, 1)))).size()`;
    const compiled = compileExpression(half);
    for (let round = 0; round < 30; round += 1) {
      expect(compiled.ok && compiled.value.evaluate({})).toEqual({ ok: true, value: 10 });
    }
  });

  it('can be lowered', () => {
    const compiled = compileExpression('[1, 2, 3].map(x, x)', createCel(10));
    expect(compiled.ok && compiled.value.evaluate({})).toMatchObject({
      ok: false,
      error: { message: expect.stringMatching(/^It takes more than 10 steps/) as unknown },
    });
  });
});

describe('other bounds', () => {
  it('ends the making of huge texts', () => {
    expect(run(doubled('"ab"', 'x + x')).answer).toMatch(/^It makes a text of 33,554,432 characters/);
    expect(run('input.texts.join("")', { input: { texts: ['a'.repeat(MAX_TEXT_LENGTH), 'b'] } }).answer).toMatch(
      /^It makes a text of/,
    );
  });

  it('refuses long expressions, deep ones and long durations', () => {
    expect(run(`"${'a'.repeat(16_384)}"`).answer).toMatch(/^The expression has 16386 characters/);
    expect(run(`${'['.repeat(200)}${']'.repeat(200)}`).answer).toBe('Exceeded maxDepth (100).');
    expect(run(`${'!'.repeat(16_000)}true`).answer).toMatch(/nested too deeply/);
    expect(run(`duration("${'1'.repeat(2_000)}")`).answer).toBe('A duration is written in at most 64 characters.');
  });

  it('fails on data that is nested too deeply to be compared', () => {
    let [one, other]: [unknown, unknown] = [1, 1];
    for (let depth = 0; depth < 50_000; depth += 1) [one, other] = [[one], [other]];
    expect(run('input.one == input.other', { input: { one, other } }).answer).toMatch(/nested too deeply/);
  });

  it('fails on values that are no JSON', () => {
    expect(run('input.f', { input: { f: 1 } }).answer).toBe(1);
    expect(run('[input.u]', { input: { u: new URL('https://a.test') } }).answer).toBe(
      'The result is no value that JSON can carry.',
    );
  });
});
