import { InvalidArgumentError, Option, type Command } from 'commander';
import { bootstrapKey, createKey, listKeys, revokeKey, rotateKey } from './commands/keys.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import { instant } from './instant.ts';
import type { ProgramParts } from './policy-program.ts';

const json = (): Option => new Option('--json', 'JSON lines instead of text').default(false);
const gather = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function milliseconds(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of milliseconds.');
  return Number(text);
}

interface CreateGiven {
  readonly scope: readonly string[];
  readonly expiresAt?: string;
  readonly bootstrap: boolean;
  readonly json: boolean;
}

/** `iceos keys ...`: who may ask. */
export function addKeysCommands(program: Command, { deps, finish, wholeNumber, examples }: ProgramParts): void {
  const group = program
    .command('keys')
    .summary('list, make, rotate and revoke API keys')
    .description(
      'The API keys of your tenant. All of it needs the scope keys, and no key gives a scope that it lacks.',
    );
  group
    .command('list')
    .summary('list keys, newest first, with those that are void')
    .addOption(new Option('--first <number>', 'how many').argParser(wholeNumber).default(20))
    .addOption(json())
    .action(async (given: { first: number; json: boolean }) => finish(await listKeys(given, deps)));
  group
    .command('create')
    .argument('[name]', 'stands in revisions and events as the author')
    .summary('make a key and print it, once')
    .description(
      'Makes a key and prints its text alone on standard output. With --bootstrap it makes the first key of an empty ' +
        'database, with all scopes, without a server: DATABASE_URL or ICEOS_DATA_DIR says where.',
    )
    .addOption(
      new Option('--scope <scope>', 'what it may do, such as executions:read; may be repeated')
        .argParser(gather)
        .default([], 'none'),
    )
    .addOption(new Option('--expires-at <time>', 'void from this day (UTC) or instant on').argParser(instant))
    .addOption(new Option('--bootstrap', 'the first key of an empty database').default(false))
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'iceos keys create ci --scope executions:write --scope executions:read',
        'iceos keys create --bootstrap',
      ),
    )
    .action(async (name: string | undefined, { scope, expiresAt, bootstrap, json: asJson }: CreateGiven) => {
      if (bootstrap && name === undefined && scope.length === 0 && expiresAt === undefined)
        finish(await bootstrapKey({ json: asJson }, deps));
      else if (!bootstrap && name !== undefined && scope.length > 0)
        finish(await createKey(name, { scopes: scope, expiresAt, json: asJson }, deps));
      else
        throw new CommandFailure(
          EXIT.badInput,
          bootstrap
            ? '--bootstrap takes no name, scope and expiry: the first key is named "first", has all scopes and does not expire.'
            : 'Say what the key shall be: a name, and at least one --scope.',
        );
    });
  group
    .command('rotate')
    .argument('<id>', 'of the key, as list shows it')
    .summary('make a new key of the same name and scopes, and end the old one')
    .addOption(
      new Option('--overlap-ms <number>', 'how long the old key stays valid').argParser(milliseconds).default(0),
    )
    .addOption(json())
    .addHelpText('after', examples('iceos keys rotate ID --overlap-ms 3600000'))
    .action(async (id: string, given: { overlapMs: number; json: boolean }) =>
      finish(await rotateKey(id, given, deps)),
    );
  group
    .command('revoke')
    .argument('<id>', 'of the key, as list shows it')
    .summary('void a key for good; its streams end within a second')
    .addOption(json())
    .action(async (id: string, given: { json: boolean }) => finish(await revokeKey(id, given, deps)));
}
