import { addAuditCommands } from './audit-program.ts';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { CliDeps } from './cli-deps.ts';
import { doctor } from './commands/doctor.ts';
import { listBlueprints, listExecutions } from './commands/list.ts';
import { publish } from './commands/publish.ts';
import { receipts } from './commands/receipts.ts';
import { listRegistry } from './commands/registry.ts';
import { start } from './commands/start.ts';
import { validate } from './commands/validate.ts';
import { watch } from './commands/watch.ts';
import { addControlCommands } from './control-program.ts';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.ts';
import { addKeysCommands } from './keys-program.ts';
import { addMemoryCommands } from './memory-program.ts';
import { addPolicyCommands } from './policy-program.ts';
import { addSchemaCommands } from './schema-program.ts';
import { addSecretsCommands } from './secrets-program.ts';
import { addTokensCommands } from './tokens-program.ts';
import { addUsageCommands } from './usage-program.ts';
import type { ExecutionStatus } from './watch-state.ts';

const ABOUT = `iceOS runs AI workflows durably and shows them live.

A first workflow:
  $ iceos serve &
  $ iceos publish examples/hello-world/blueprint.yaml
  $ iceos start hello-world --input '{ "name": "Ada" }' --watch`;

const EXIT_CODES = `
Exit codes:
  0    succeeded
  1    the execution failed, or what was checked is not well
  2    wrong usage, or a file or input that is not valid
  3    the execution was canceled
  4    no server answers
  78   a setting is missing or wrong, or the key is refused
  130  Ctrl-C; an execution that was watched goes on

Settings are environment variables: ICEOS_URL and ICEOS_API_KEY for the commands of a client; docs/settings.md has all.`;

const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;

const STATUSES: readonly ExecutionStatus[] = [
  'PENDING',
  'RUNNING',
  'WAITING',
  'PAUSED',
  'SUCCEEDED',
  'FAILED',
  'CANCELED',
];

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}

function toStatuses(text: string): readonly ExecutionStatus[] {
  const wanted = text.toUpperCase().split(',');
  const statuses = STATUSES.filter((status) => wanted.includes(status));
  if (statuses.length === wanted.length) return statuses;
  throw new InvalidArgumentError(`Choose from ${STATUSES.join(', ').toLowerCase()}, parted by commas.`);
}

const json = (): Option => new Option('--json', 'JSON lines instead of text').default(false);
const plain = (): Option => new Option('--plain', 'one line for each event instead of the live view').default(false);

/** All commands. Each sets the exit code of its outcome by `finish`. */
export function createProgram(deps: CliDeps, finish: (code: ExitCode) => void): Command {
  const program = new Command('iceos').description(ABOUT).version(deps.version).addHelpText('after', EXIT_CODES);
  // Before the first subcommand, which inherits this.
  program.exitOverride().configureOutput({
    writeOut: (text) => deps.terminal.out(text),
    writeErr: (text) => deps.terminal.error(text.trimEnd()),
  });
  program.showHelpAfterError('(iceos --help shows how)').showSuggestionAfterError();
  addServerCommands(program, deps, finish);
  addBlueprintCommands(program, deps, finish);
  addExecutionCommands(program, deps, finish);
  addUsageCommands(program, { deps, finish, wholeNumber, examples });
  addMemoryCommands(program, { deps, finish, wholeNumber, examples });
  addPolicyCommands(program, { deps, finish, wholeNumber, examples });
  addKeysCommands(program, { deps, finish, wholeNumber, examples });
  addAuditCommands(program, { deps, finish, wholeNumber, examples });
  addSecretsCommands(program, { deps, finish, wholeNumber, examples });
  addTokensCommands(program, { deps, finish, wholeNumber, examples });
  addSchemaCommands(program, { deps, finish, examples });
  return program;
}

function addServerCommands(program: Command, deps: CliDeps, finish: (code: ExitCode) => void): void {
  program
    .command('serve')
    .summary('run a server')
    .description('Runs a server until it is told to stop. SIGTERM lets running attempts end; a second one does not.')
    .option('--host <address>', 'where to listen (ICEOS_HOST)')
    .option('--port <number>', 'where to listen; 0 takes a free port (ICEOS_PORT)')
    .option('--role <role>', 'all, gateway or orchestrator (ICEOS_ROLE)')
    .addHelpText('after', examples('iceos serve', 'iceos serve --port 0 --role gateway'))
    .action(async (options: { host?: string; port?: string; role?: string }) =>
      finish(await deps.serve({ host: options.host, port: options.port, role: options.role })),
    );
  program
    .command('doctor')
    .summary('say whether this machine and the server are well')
    .description(
      'Looks at Node, settings, database, sandbox and server, attacks the sandbox, and says what to do where something is not well. Ends with 1 then.',
    )
    .addOption(json())
    .action(async (options: { json: boolean }) => finish(await doctor(options, deps)));
}

function addBlueprintCommands(program: Command, deps: CliDeps, finish: (code: ExitCode) => void): void {
  program
    .command('validate')
    .argument('<file>', 'YAML or JSON; - is standard input')
    .summary('say what is wrong with a blueprint, without a server')
    .description('Compiles a blueprint without a server and prints every fault as file:line:column: message.')
    .addOption(json())
    .addHelpText('after', examples('iceos validate flow.yaml', 'cat flow.json | iceos validate - --json'))
    .action(async (file: string, options: { json: boolean }) => finish(await validate(file, options, deps)));
  program
    .command('publish')
    .argument('<file>', 'YAML or JSON; - is standard input')
    .summary('store a blueprint and make it the one that runs')
    .description(
      'Creates the blueprint of that name or changes it, and publishes the result. What is there already stays as it is.',
    )
    .addOption(
      new Option(
        '--expected-version <number>',
        'the version that the file was made from; refused when there is a newer one',
      ).argParser(wholeNumber),
    )
    .addOption(
      new Option('--merge', 'merge with changes that others made meanwhile, where nothing clashes').default(false),
    )
    .addOption(new Option('--draft', 'store it, but leave the published version as it is').default(false))
    .addOption(json())
    .addHelpText('after', examples('iceos publish flow.yaml', 'iceos publish flow.yaml --expected-version 7 --merge'))
    .action(
      async (file: string, options: { expectedVersion?: number; merge: boolean; draft: boolean; json: boolean }) =>
        finish(await publish(file, { ...options, expectedVersion: options.expectedVersion }, deps)),
    );
  program
    .command('registry')
    .summary('show what blueprints may refer to')
    .description('The tools, models, memories, agents and kinds of nodes that the server has.')
    .addOption(json())
    .addHelpText('after', examples('iceos registry', `iceos registry --json | jq 'select(.what == "tool")'`))
    .action(async (options: { json: boolean }) => finish(await listRegistry(options, deps)));
}

function addExecutionCommands(program: Command, deps: CliDeps, finish: (code: ExitCode) => void): void {
  program
    .command('start')
    .argument('<name>', 'of a published blueprint')
    .summary('start an execution')
    .description('Starts an execution of the published version. Prints its ID, or shows it until it ends.')
    .addOption(new Option('--input <json>', 'JSON, or @file; @- is standard input').default('{}'))
    .addOption(
      new Option('--blueprint-version <number>', 'another version than the published one').argParser(wholeNumber),
    )
    .addOption(new Option('--idempotency-key <text>', 'the same key starts no second execution'))
    .addOption(new Option('--watch', 'show it until it ends; the exit code says how').default(false))
    .addOption(plain())
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        `iceos start hello-world --input '{ "name": "Ada" }' --watch`,
        'iceos start audit --input @input.json --watch --json | jq .type',
      ),
    )
    .action(
      async (
        name: string,
        options: {
          input: string;
          blueprintVersion?: number;
          idempotencyKey?: string;
          watch: boolean;
          plain: boolean;
          json: boolean;
        },
      ) =>
        finish(
          await start(
            name,
            { ...options, version: options.blueprintVersion, idempotencyKey: options.idempotencyKey },
            deps,
          ),
        ),
    );
  program
    .command('watch')
    .argument('<id>', 'of an execution')
    .summary('show an execution until it ends')
    .description(
      'A live view on a terminal; one line for each event, or JSON lines, elsewhere. Reconnects by itself and misses nothing.',
    )
    .addOption(new Option('--after <cursor>', 'only what comes after this cursor'))
    .addOption(plain())
    .addOption(json())
    .addHelpText('after', examples('iceos watch ID', 'iceos watch ID --json > events.jsonl'))
    .action(async (id: string, options: { after?: string; plain: boolean; json: boolean }) =>
      finish(await watch(id, { ...options, after: options.after }, deps)),
    );
  addControlCommands(program, { deps, finish, examples });
  program
    .command('receipts')
    .argument('<id>', 'of an execution')
    .summary('show what its tools and code were allowed, and what they used')
    .description(
      'A table of the attempts that ran in the sandbox and have ended, in the order of their ends: how each ended, what ' +
        'confined it, what it used and may use. Steps that run in the server have none.',
    )
    .addOption(json())
    .addHelpText('after', examples('iceos receipts ID', `iceos receipts ID --json | jq 'select(.receipt.deniedCall)'`))
    .action(async (id: string, options: { json: boolean }) => finish(await receipts(id, options, deps)));
  program
    .command('list')
    .summary('list executions, newest first, or blueprints')
    .addOption(new Option('--blueprints', 'blueprints by name instead').default(false))
    .addOption(
      new Option('--status <list>', 'only executions of these statuses').argParser(toStatuses).default([], 'all'),
    )
    .addOption(new Option('--first <number>', 'how many').argParser(wholeNumber).default(20))
    .addOption(json())
    .addHelpText('after', examples('iceos list --status running,failed', 'iceos list --blueprints'))
    .action(
      async (options: { blueprints: boolean; status: readonly ExecutionStatus[]; first: number; json: boolean }) => {
        const wanted = { ...options, statuses: options.status };
        finish(await (options.blueprints ? listBlueprints(wanted, deps) : listExecutions(wanted, deps)));
      },
    );
}

/** Runs one command line; the answer is the exit code. A bug is thrown. */
export async function runCli(args: readonly string[], deps: CliDeps): Promise<ExitCode> {
  let code: ExitCode = EXIT.succeeded;
  const program = createProgram(deps, (outcome) => {
    code = outcome;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // Help and version end like errors, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.succeeded : EXIT.badInput;
    if (!(error instanceof CommandFailure)) throw error;
    deps.terminal.error(error.message);
    return error.code;
  }
}
