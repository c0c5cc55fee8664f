import { describe, expect, it } from 'vitest';
import { changedLines, coverageFaults, coverageOf } from '../../../scripts/coverage-faults.ts';

const DIFF = `diff --git a/src/a.ts b/src/a.ts
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,0 +2,2 @@ export
+const one = 1;
+const two = 2;
@@ -9 +11 @@
-const old = 3;
+const three = 3;
@@ -20,3 +21,0 @@
-gone
diff --git a/src/gone.ts b/src/gone.ts
--- a/src/gone.ts
+++ /dev/null
@@ -1,2 +0,0 @@
-gone
`;

const coverage = (runs: Readonly<Record<number, number>>) => ({
  'src/a.ts': {
    statementMap: Object.fromEntries(Object.keys(runs).map((line) => [line, { start: { line: Number(line) } }])),
    s: Object.fromEntries(Object.entries(runs)),
  },
});

describe('the coverage of a change', () => {
  it('knows the lines that a diff adds or changes', () => {
    expect([...changedLines(DIFF)]).toEqual([['src/a.ts', new Set([2, 3, 11])]]);
  });

  it('counts changed lines with statements, and no others', () => {
    const found = coverageOf(changedLines(DIFF), coverage({ 1: 0, 2: 5, 11: 0 }));
    expect(found).toEqual({ lines: 2, covered: 1, missed: ['src/a.ts:11'] });
  });

  it('counts nothing of programs of their own', () => {
    const [of] = Object.values(coverage({ 2: 0 }));
    const programs = ['src/main.ts', 'src/worker/deep/a.ts', 'src/llm/embedding-thread.ts'];
    const lines = new Map(['src/llm/thread.ts', ...programs].map((file) => [file, new Set([2])]));
    const all = Object.fromEntries([...lines.keys()].map((file) => [file, of ?? expect.unreachable()]));
    expect(coverageOf(lines, all).missed).toEqual(['src/llm/thread.ts:2']);
  });

  it('fails where the tests reach too little of it, with the lines', () => {
    const found = coverageOf(changedLines(DIFF), coverage({ 2: 5, 3: 1, 11: 0 }));
    expect(coverageFaults(found, 90)).toEqual([
      'The tests reach 2 of 3 changed lines (66.7 %); 90 % is asked for. Not reached: src/a.ts:11.',
    ]);
    expect(coverageFaults(found, 60)).toEqual([]);
    expect(coverageFaults(coverageOf(new Map(), {}), 90)).toEqual([]);
  });
});
