import { z } from 'zod';

/** What the tests reached, as istanbul writes it: of each file where its statements are, and how often they ran. */
export const Coverage = z.record(
  z.string(),
  z.object({
    statementMap: z.record(z.string(), z.object({ start: z.object({ line: z.number() }) })),
    s: z.record(z.string(), z.number()),
  }),
);
export type Coverage = z.infer<typeof Coverage>;

export type Lines = ReadonlyMap<string, ReadonlySet<number>>;

/** The lines that a diff adds or changes, by file, as they are numbered after it; of `git diff --unified=0`. */
export function changedLines(diff: string): Lines {
  const lines = new Map<string, Set<number>>();
  let file: string | undefined;
  for (const line of diff.split('\n')) {
    if (line.startsWith('+++ ')) file = /^\+\+\+ b\/(.*)$/.exec(line)?.[1];
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null || file === undefined) continue;
    const [first, count] = [Number(hunk[1]), Number(hunk[2] ?? 1)];
    const added = lines.get(file) ?? new Set();
    for (let n = first; n < first + count; n += 1) added.add(n);
    lines.set(file, added);
  }
  return lines;
}

const PROGRAM = /^src\/(main\.ts|worker\/.+|.+-thread\.ts)$/;
/** Parts of them that tests reach in their own process. */
const REACHED = /^src\/worker\/(host-client|limit-of|split-lines)\.ts$/;

/** Programs of their own, in a thread or a process: tests see what they do from outside, where no line is counted. */
export const isProgram = (file: string): boolean => PROGRAM.test(file) && !REACHED.test(file);

export interface ChangedCoverage {
  /** Changed lines on which a statement begins. */
  readonly lines: number;
  readonly covered: number;
  /** `src/a.ts:7`. */
  readonly missed: readonly string[];
}

/** Of the changed lines of covered files: how many the tests reached. The coverage has its files from the root. */
export function coverageOf(changed: Lines, coverage: Coverage): ChangedCoverage {
  const counted = [...changed].filter(([file]) => !isProgram(file));
  const counts = counted.flatMap(([file, lines]) =>
    [...runsByLine(coverage[file])].filter(([line]) => lines.has(line)).map(([line, runs]) => ({ file, line, runs })),
  );
  const missed = counts.filter(({ runs }) => runs === 0).map(({ file, line }) => `${file}:${line}`);
  return { lines: counts.length, covered: counts.length - missed.length, missed };
}

/** How often the statements that begin on a line ran, all together. */
function runsByLine(file: Coverage[string] | undefined): ReadonlyMap<number, number> {
  const runs = new Map<number, number>();
  for (const [id, { start }] of Object.entries(file?.statementMap ?? {}))
    runs.set(start.line, (runs.get(start.line) ?? 0) + (file?.s[id] ?? 0));
  return runs;
}

/** The faults of a change whose tests reach too little of it. */
export function coverageFaults({ lines, covered, missed }: ChangedCoverage, leastPercent: number): readonly string[] {
  if (lines === 0 || (covered / lines) * 100 >= leastPercent) return [];
  const shown = missed.slice(0, 20).join(', ') + (missed.length > 20 ? ` and ${missed.length - 20} more` : '');
  return [
    `The tests reach ${covered} of ${lines} changed lines (${((covered / lines) * 100).toFixed(1)} %); ${leastPercent} % is asked for. Not reached: ${shown}.`,
  ];
}
