import { Argument, Option, type Command } from 'commander';
import type { CliDeps } from './cli-deps.ts';
import { allow, forbid, setPolicy, showPolicy, type PolicyEntry } from './commands/policy.ts';
import { CommandFailure, EXIT, type ExitCode } from './exit-code.ts';

const KINDS = ['host', 'folder', 'secret'] as const;
type Kind = (typeof KINDS)[number];

const NAME = 'host:port, or the name of a folder or a secret';
const kind = (): Argument => new Argument('<kind>', 'what it is').choices(KINDS);
const json = (): Option => new Option('--json', 'JSON lines instead of text').default(false);
const gather = (value: string, before: readonly string[]): readonly string[] => [...before, value];

interface AllowOptions {
  readonly host: readonly string[];
  readonly header?: string;
  readonly reveal: boolean;
  readonly json: boolean;
}

/** What commands in other files are added with. */
export interface ProgramParts {
  readonly deps: CliDeps;
  readonly finish: (code: ExitCode) => void;
  readonly wholeNumber: (text: string) => number;
  readonly examples: (...lines: readonly string[]) => string;
}

/** `iceos policy ...`: what the nodes of a tenant may reach. */
export function addPolicyCommands(program: Command, { deps, finish, wholeNumber, examples }: ProgramParts): void {
  const policy = program
    .command('policy')
    .summary('show or change what tools may reach: hosts, folders, secrets')
    .description(
      'What the nodes of your tenant may reach outside of the sandbox. Changing it needs the scope grants:write.',
    );
  policy
    .command('show')
    .summary('print the policy as YAML, as `policy set` takes it')
    .addOption(json())
    .action(async (options: { json: boolean }) => finish(await showPolicy(options, deps)));
  policy
    .command('set')
    .argument('<file>', 'YAML or JSON; - is standard input')
    .summary('replace the policy by a file')
    .addOption(
      new Option(
        '--expected-version <number>',
        'the version that the file was made from; refused when there is a newer one',
      ).argParser(wholeNumber),
    )
    .addOption(json())
    .addHelpText(
      'after',
      examples('iceos policy show > policy.yaml', 'iceos policy set policy.yaml --expected-version 3'),
    )
    .action(async (file: string, options: { expectedVersion?: number; json: boolean }) =>
      finish(await setPolicy(file, { ...options, expectedVersion: options.expectedVersion }, deps)),
    );
  policy
    .command('allow')
    .addArgument(kind())
    .argument('<name>', NAME)
    .summary('allow one thing more')
    .addOption(
      new Option('--host <host:port>', 'of a secret: where it may be sent; may be repeated')
        .argParser(gather)
        .default([], 'none'),
    )
    .addOption(new Option('--header <name>', 'of a secret: the header that may carry it (default: authorization)'))
    .addOption(new Option('--reveal', 'of a secret: tools that declare it may have the plain text').default(false))
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'iceos policy allow host api.example.com:443',
        'iceos policy allow folder reports',
        'iceos policy allow secret api-token --host api.example.com:443',
      ),
    )
    .action(async (what: Kind, name: string, options: AllowOptions) =>
      finish(await allow(toEntry(what, name, options), options, deps)),
    );
  policy
    .command('forbid')
    .addArgument(kind())
    .argument('<name>', NAME)
    .summary('take away what is allowed; attempts that start from then on have it no more')
    .addOption(json())
    .addHelpText('after', examples('iceos policy forbid secret api-token'))
    .action(async (what: Kind, name: string, options: { json: boolean }) =>
      finish(await forbid({ kind: what, name }, options, deps)),
    );
}

function toEntry(what: Kind, name: string, { host, header, reveal }: AllowOptions): PolicyEntry {
  if (what === 'secret') return { kind: what, name, hosts: host, header, reveal };
  if (host.length === 0 && header === undefined && !reveal) return { kind: what, name };
  throw new CommandFailure(EXIT.badInput, '--host, --header and --reveal belong to a secret alone.');
}
