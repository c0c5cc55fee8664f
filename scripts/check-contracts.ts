import { recordedOperation } from '../src/cli/schema-check/recorded-operations.ts';
import { JSON_CONTRACTS, journalFaults, jsonCompared, schemaCompared } from './contracts/contract-faults.ts';
import { baseline, git, readText, report, repositoryFiles } from './repository.ts';

const SCHEMA = 'schema.graphql';
const JOURNALS = 'test/fixtures/journals/';

const readAll = async (files: readonly string[], read: (file: string) => Promise<string>) =>
  new Map(await Promise.all(files.map(async (file) => [file, await read(file)] as const)));

async function compareWith(name: string): Promise<void> {
  const then = (file: string): Promise<string | undefined> => git('show', `${name}:${file}`);
  const [files, changelog] = await Promise.all([repositoryFiles(), readText('CHANGELOG.md')]);
  const operations = await Promise.all(
    files
      .filter((file) => file.endsWith('.graphql') && file !== SCHEMA)
      .map(async (file) => recordedOperation(file, await readText(file))),
  );
  const compared = await Promise.all([
    then(SCHEMA).then(async (before) =>
      before === undefined ? undefined : schemaCompared(before, await readText(SCHEMA), changelog, operations),
    ),
    ...JSON_CONTRACTS.map(async (contract) => {
      const before = await then(contract.file);
      return before === undefined
        ? undefined
        : jsonCompared(contract, before, await readText(contract.file), changelog);
    }),
  ]);
  const journals = (await git('ls-tree', '-r', '--name-only', name, JOURNALS))?.split('\n').filter(Boolean) ?? [];
  const kept = files.filter((file) => file.startsWith(JOURNALS));
  const found = compared.filter((one) => one !== undefined);
  const sum = (level: 'breaking' | 'dangerous' | 'safe'): number =>
    found.reduce((total, { counts }) => total + counts[level], 0);
  report(
    [
      ...found.flatMap(({ faults }) => faults),
      ...journalFaults(
        await readAll(journals, async (file) => (await then(file)) ?? ''),
        await readAll(kept, readText),
      ),
    ],
    `${found.length} contracts against ${name}: ${sum('breaking')} breaking changes, all in the changelog; ` +
      `${sum('dangerous')} dangerous, ${sum('safe')} safe.`,
  );
}

const name = await baseline();
if (name === undefined) report([], 'There is no baseline, neither a tag nor origin/main: nothing to compare.');
else await compareWith(name);
