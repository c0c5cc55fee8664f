import { generate, isGenerated } from './generate.ts';
import { readText, report, repositoryFiles } from './repository.ts';

async function snapshot(): Promise<ReadonlyMap<string, string>> {
  const files = (await repositoryFiles()).filter(isGenerated);
  return new Map(await Promise.all(files.map(async (file) => [file, await readText(file)] as const)));
}

// Generating again and comparing works on a dirty checkout too; what differs is then already repaired.
const before = await snapshot();
await generate();
const after = await snapshot();
const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
  (file) => before.get(file) !== after.get(file),
);
report(
  differing.map((file) => `${file} was not up to date. It is now: look at it and commit it.`),
  `${after.size} generated files are up to date.`,
);
