import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './build.ts';
import { git, readText, report } from './repository.ts';
import { schemaFaults } from './schema-faults.ts';

const FILE = 'schema.graphql';

/** The schema that clients have: of the last release, else of the main branch. */
async function baseline(): Promise<{ readonly name: string; readonly text: string } | undefined> {
  const tag = (await git('describe', '--tags', '--abbrev=0'))?.trim();
  for (const name of [tag, 'origin/main']) {
    if (name === undefined || name === '') continue;
    const text = await git('show', `${name}:${FILE}`);
    if (text !== undefined) return { name, text };
  }
  return undefined;
}

if (!existsSync(path.join(ROOT, FILE))) {
  report([`${FILE} is missing. Run: npm run codegen`], '');
} else {
  const before = await baseline();
  if (before === undefined)
    report([], 'There is no baseline (neither a tag nor origin/main has a schema): nothing to compare.');
  else {
    const faults = await schemaFaults(before.text, await readText(FILE), await readText('CHANGELOG.md'));
    report(faults, `No change against ${before.name} breaks clients without standing in the changelog.`);
  }
}
