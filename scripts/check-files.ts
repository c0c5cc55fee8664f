import { fileFaults, guaranteeFaults, isWritten } from './file-faults.ts';
import { readText, report, repositoryFiles } from './repository.ts';

const files = await repositoryFiles();
const written = files.filter(isWritten);
const faults = await Promise.all(written.map(async (file) => fileFaults(file, await readText(file))));
const guaranteeTests = files.filter((file) => /^test\/guarantees\/[^/]+\.test\.ts$/.test(file));
report(
  [...faults.flat(), ...guaranteeFaults(await readText('docs/guarantees.md'), guaranteeTests)],
  `${written.length} files are short enough and finished; ${guaranteeTests.length} guarantees have their tests.`,
);
