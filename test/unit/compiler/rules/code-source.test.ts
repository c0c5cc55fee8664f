import { describe, expect, it } from 'vitest';
import { codeSource } from '../../../../src/compiler/rules/code-source.ts';
import { findingsOf } from '../../../support/rules.ts';

const problemsOf = (source: string): readonly string[] =>
  findingsOf(codeSource, { nodes: { a: { kind: 'code', source } } }).map(({ message }) => message);

describe('code-source', () => {
  it('finds what is no JavaScript, with line and column', () => {
    expect(findingsOf(codeSource, { nodes: { a: { kind: 'code', source: 'const x = 1;\nreturn x +;' } } })).toEqual([
      {
        path: '/nodes/a/source',
        message: 'The source of "a" is no JavaScript function body: Unexpected token (line 2, column 11).',
      },
    ]);
  });

  it('finds a source that would leave the function around it', () => {
    expect(problemsOf('}); process.exit(); (async () => {')).toHaveLength(1);
    expect(problemsOf('import fs from "node:fs";')).toHaveLength(1);
  });

  it('has nothing against what stands in an async function', () => {
    expect(
      problemsOf('const { createHash } = await import("node:crypto"); return { length: input.text.length };'),
    ).toEqual([]);
  });

  it('bears a source that is nested without end', () => {
    expect(problemsOf('('.repeat(200_000))[0]).toMatch(/nested too deeply|Unexpected token/);
  });
});
