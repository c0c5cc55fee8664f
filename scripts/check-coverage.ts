import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './build.ts';
import { changedLines, Coverage, coverageFaults, coverageOf } from './coverage-faults.ts';
import { git, readText, report } from './repository.ts';

const FILE = 'coverage/coverage-final.json';
const LEAST_PERCENT = 90;

/** What this checkout is compared with: the last release, else the main branch. */
async function baseline(): Promise<string | undefined> {
  const tag = (await git('describe', '--tags', '--abbrev=0', '--match', 'v*'))?.trim();
  for (const name of [tag, 'origin/main']) {
    if (name !== undefined && (await git('rev-parse', '--verify', '--quiet', name)) !== undefined) return name;
  }
  return undefined;
}

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
  const diff = (await git('diff', '--unified=0', '--no-color', '--no-ext-diff', base, '--', 'src')) ?? '';
  const found = coverageOf(changedLines(diff), fromRoot(Coverage.parse(JSON.parse(await readText(FILE)))));
  report(
    coverageFaults(found, LEAST_PERCENT),
    `The tests reach ${found.covered} of ${found.lines} lines that changed since ${base}.`,
  );
}
