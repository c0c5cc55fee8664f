import { readText, report, repositoryFiles } from './repository.ts';
import { secretFaults } from './secret-faults.ts';

const files = await repositoryFiles();
const faults: string[] = [];
for (const file of files) faults.push(...(await secretFaults(file, await readText(file))));
report(faults, `${files.length} files hold no secret.`);
