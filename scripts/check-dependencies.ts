import { execFile } from 'node:child_process';
import { ROOT } from './build.ts';
import { auditFaults, licenceFaults } from './dependency-faults.ts';
import { readText, report } from './repository.ts';

/** A registry that does not answer by then is not there. */
const AUDIT_TIMEOUT_MS = 30_000;

/** What `npm audit` says of what users get. It ends with 1 where it finds something, and where it cannot ask. */
const audit = (): Promise<string> =>
  new Promise((resolve) => {
    execFile(
      'npm',
      ['audit', '--omit=dev', '--json', '--fetch-retries=0'],
      { cwd: ROOT, timeout: AUDIT_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024, shell: process.platform === 'win32' },
      (_error, stdout) => resolve(stdout),
    );
  });

const [licences, findings] = await Promise.all([
  readText('package-lock.json').then(licenceFaults),
  audit().then(auditFaults),
]);
const audited =
  findings === undefined ? 'the registry answers no audit, so it was left out' : 'none has a high finding';
report(
  [...licences.faults, ...(findings ?? [])],
  `${licences.count} packages that users get have licences that may be shipped; ${audited}.`,
);
