import { execFile } from 'node:child_process';
import { SETTINGS } from '../src/config.ts';
import { FromWorker, ToWorker } from '../src/protocol/messages.ts';
import { METRICS } from '../src/telemetry/metric-name.ts';
import { ROOT } from './build.ts';
import { deadCodeFaults } from './dead-code-faults.ts';
import { readText, report, repositoryFiles } from './repository.ts';

/** What knip finds: files, exports and packages that nothing uses. */
const knip = (): Promise<readonly string[]> =>
  new Promise((resolve) => {
    // npm puts node_modules/.bin first on the PATH.
    const settings = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024, shell: process.platform === 'win32' };
    execFile('knip', ['--no-progress'], settings, (error, stdout, stderr) => {
      resolve(error === null ? [] : [`${stdout}${stderr}`.trim() || error.message]);
    });
  });

async function unused(): Promise<readonly string[]> {
  const files = (await repositoryFiles()).filter((file) => /\.(ts|md|json|yml|graphql|sql)$|^\.ci\//.test(file));
  const texts = new Map(await Promise.all(files.map(async (file) => [file, await readText(file)] as const)));
  const messages = [...ToWorker.def.options, ...FromWorker.def.options].map((one) =>
    String([...one.shape.type.def.values][0]),
  );
  return deadCodeFaults(texts, { settings: Object.keys(SETTINGS), metrics: Object.keys(METRICS), messages });
}

const [byKnip, ours] = await Promise.all([knip(), unused()]);
report(
  [...byKnip, ...ours],
  'Everything is used: files, exports, packages, settings, metrics, messages, types of the schema, pages, scripts, migrations.',
);
