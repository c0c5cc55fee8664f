import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { serve, startFault, untilSignal } from '../src/app/serve.ts';
import { createClient } from '../src/cli/client.ts';
import { CommandFailure, EXIT } from '../src/cli/exit-code.ts';
import type { ExitCode } from '../src/cli/exit-code.ts';
import { readKeyFile } from '../src/cli/read-input.ts';
import { createTerminal, type Terminal } from '../src/cli/terminal.ts';
import { parseConfig } from '../src/config.ts';
import type { Config } from '../src/config.ts';
import { ROOT } from './build.ts';
import { askDocs } from './demo/ask.ts';
import { allowLockfiles, startAndShow } from './demo/audit.ts';
import type { Audit } from './demo/audit.ts';
import { blueprintFile, publishExample } from './demo/publish-example.ts';

const HELP = `Audits the licences of a package-lock.json with a real workflow, live.

  npm run demo                         this repository's own lockfile; stays up until Ctrl-C
  npm run demo -- path/package-lock.json
  npm run demo -- --once               ends with the execution: 0 when it succeeded
  npm run demo -- ask [question]       indexes docs/, and lets an agent answer from it
  npm run demo -- ask --folder path    the same with your own Markdown, text or code

Settings are those of the server, in docs/settings.md; ICEOS_PORT chooses another port.`;

const FOLDER = path.resolve('.iceos', 'demo');
const MAX_LOCKFILE_BYTES = 15 * 2 ** 20;

/** Copies the lockfile into a folder of its own: the one folder that tools of the demo may read. */
async function stage(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile())
    throw new CommandFailure(EXIT.badInput, `${file} is no file. Give the path of a package-lock.json.`);
  if (found.size > MAX_LOCKFILE_BYTES) throw new CommandFailure(EXIT.badInput, `${file} is larger than 15 MiB.`);
  const folder = path.join(FOLDER, 'lockfiles');
  await mkdir(folder, { recursive: true });
  await copyFile(file, path.join(folder, 'package-lock.json'));
  return folder;
}

function configure(lockfiles: string): Config {
  const environment = {
    ICEOS_SANDBOX: 'best-available',
    ICEOS_DATA_DIR: path.join(FOLDER, 'data'),
    ICEOS_LOG_LEVEL: 'warn',
    ...process.env,
    ICEOS_FOLDERS: `lockfiles=${lockfiles}`,
  };
  const config = parseConfig(environment);
  if (!config.ok) throw new CommandFailure(EXIT.configuration, config.error.map(({ message }) => message).join('\n'));
  return config.value;
}

async function report(audit: Audit): Promise<void> {
  const folder = path.join(FOLDER, 'reports');
  await mkdir(folder, { recursive: true });
  const markdown = path.join(folder, 'licences.md');
  const csv = path.join(folder, 'licences.csv');
  await writeFile(markdown, audit.markdown);
  await writeFile(csv, audit.csv);
  say(`\n${audit.markdown}\nReport: ${path.relative('.', markdown)} and ${path.relative('.', csv)}`);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function sayHowToGoOn(
  url: string,
  {
    executionId,
    apiKey,
    dataDir,
  }: { readonly executionId: string; readonly apiKey: string | undefined; readonly dataDir: string },
): void {
  say(`
Playground   ${url}/graphql${apiKey === undefined ? '' : `#key=${apiKey}`}
Metrics      ${url}/metrics
The same stream with curl:
  curl -N -G ${url}/graphql -H "Authorization: Bearer $(cat ${path.relative('.', path.join(dataDir, 'key'))})" -H "Accept: text/event-stream" \\
    --data-urlencode 'query=subscription { executionEvents(executionId: "${executionId}") { __typename ... on ExecutionSnapshot { execution { status output } } } }'
`);
}

const terminalOf = ({ noColor }: Config): Terminal =>
  createTerminal({ stdout: process.stdout, stderr: process.stderr }, { noColor });

/** Until Ctrl-C, unless the demo is to end by itself. */
async function stay(stopped: Promise<unknown>, isOnce: boolean): Promise<void> {
  if (isOnce) return;
  say('Running until Ctrl-C.');
  await stopped;
}

async function main(): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      once: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      folder: { type: 'string' },
    },
  });
  if (values.help) {
    say(HELP);
    return EXIT.succeeded;
  }
  const stopping = new AbortController();
  const stopped = untilSignal().then(() => stopping.abort());
  const [first, ...words] = positionals;
  if (first !== 'ask' && values.folder !== undefined)
    throw new CommandFailure(EXIT.badInput, `--folder is for: npm run demo -- ask --folder ${values.folder}`);
  if (first !== 'ask') return audit(first, values.once, stopped);
  return askDocs({
    ...{ question: words.join(' ').trim(), folder: values.folder, terminalOf, signal: stopping.signal },
    stay: ({ continuousIntegration }) => stay(stopped, values.once || continuousIntegration),
  });
}

async function audit(given: string | undefined, once: boolean, stopped: Promise<unknown>): Promise<ExitCode> {
  const lockfile = path.resolve(given ?? path.join(ROOT, 'package-lock.json'));
  const config = configure(await stage(lockfile));
  say(`Starting a server with an embedded database in ${path.relative('.', config.dataDir)} ...`);
  const { app } = await serve(config, say);
  try {
    if (app.url === undefined) throw new CommandFailure(EXIT.configuration, 'The demo needs ICEOS_ROLE=all.');
    const apiKey = await readKeyFile(config.dataDir);
    const client = createClient({ url: app.url, apiKey }, fetch);
    const file = path.relative('.', blueprintFile('licence-audit'));
    say(`\nPublishing ${file} and starting it on ${path.relative('.', lockfile) || lockfile}:\n`);
    await allowLockfiles(client);
    const blueprintId = await publishExample(client, 'licence-audit');
    const title = path.basename(path.dirname(lockfile));
    const address = { url: app.url, apiKey };
    const ended = await startAndShow({ client, address, blueprintId, title, terminal: terminalOf(config) });
    if (ended.audit) await report(ended.audit);
    else say(`The execution ended with ${ended.status}: ${ended.failure ?? ''}`);
    sayHowToGoOn(app.url, { executionId: ended.executionId, apiKey, dataDir: config.dataDir });
    const isOnce = once || config.continuousIntegration;
    await stay(stopped, isOnce);
    return ended.audit || !isOnce ? EXIT.succeeded : EXIT.failed;
  } finally {
    await app.close();
  }
}

function explain(error: unknown): readonly [ExitCode, string] {
  if (error instanceof CommandFailure) return [error.code, error.message];
  const fault = startFault(error);
  if (fault !== undefined) return [EXIT.configuration, fault];
  if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
    return [EXIT.badInput, `${error.message}\n\n${HELP}`];
  return [EXIT.failed, error instanceof Error ? (error.stack ?? error.message) : String(error)];
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const [code, text] = explain(error);
    process.stderr.write(`${text}\n`);
    process.exitCode = code;
  },
);
