import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './build.ts';
import { changedLines, Coverage, coverageFaults, coverageOf } from './coverage-faults.ts';
import { baseline, git, readText, report } from './repository.ts';

const FILE = 'coverage/coverage-final.json';
const LEAST_PERCENT = 90;

/** The same with paths from the root, with `/`. */
const fromRoot = (coverage: Coverage): Coverage =>
  Object.fromEntries(
    Object.entries(coverage).map(([file, counts]) => [path.relative(ROOT, file).replaceAll('\\', '/'), counts]),
  );

const base = await baseline();
if (!existsSync(path.join(ROOT, FILE))) {
  report([`${FILE} is missing. Run: npm run coverage`], '');
} else if (base === undefined) {
  report([], 'There is no baseline (neither a tag nor origin/main): no changed lines.');
} else {
  const diff =
    (await git(
      'diff',
      '--unified=0',
      '--no-color',
      '--no-ext-diff',
      '--src-prefix=a/',
      '--dst-prefix=b/',
      base,
      '--',
      'src',
    )) ?? '';
  const found = coverageOf(changedLines(diff), fromRoot(Coverage.parse(JSON.parse(await readText(FILE)))));
  report(
    coverageFaults(found, LEAST_PERCENT),
    `The tests reach ${found.covered} of ${found.lines} lines that changed since ${base}.`,
  );
}
