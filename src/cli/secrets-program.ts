import { InvalidArgumentError, Option, type Command } from 'commander';
import { listSecrets, removeSecret, setSecret } from './commands/secrets.ts';
import { rotateDataKey, rotateMasterKey } from './commands/rotate-keys.ts';
import type { ProgramParts } from './policy-program.ts';

const json = (): Option => new Option('--json', 'JSON lines instead of text').default(false);

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function tenantId(text: string): string {
  if (UUID.test(text)) return text;
  throw new InvalidArgumentError('It must be the ID of a tenant, a UUID in small letters.');
}

function version(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

interface Given {
  readonly expectedVersion?: number;
  readonly json: boolean;
}

/** `iceos secrets ...`: what tools may be given and nobody may read. */
export function addSecretsCommands(program: Command, { deps, finish, wholeNumber, examples }: ProgramParts): void {
  const group = program
    .command('secrets')
    .summary('set, list and remove secrets, and rotate their keys')
    .description(
      'The secrets of your tenant, which are kept encrypted; nothing shows their values again. Needs the scope secrets. ' +
        'A policy says where a secret may be sent: iceos policy allow secret NAME --host HOST:PORT.',
    );
  const expected = (): Option =>
    new Option('--expected-version <number>', 'only at this version; 0: only if it is not there').argParser(version);
  group
    .command('set')
    .argument('<name>', 'what nodes, tools and the policy call it')
    .summary('make a secret, or replace its value')
    .description(
      'Reads the value from standard input, or from a file; never from the command line, which others can see. One line break at its end is taken off.',
    )
    .addOption(new Option('--file <file>', 'read the value from there').default('-', 'standard input'))
    .addOption(expected())
    .addOption(json())
    .addHelpText(
      'after',
      examples('iceos secrets set mail-token < token.txt', 'iceos secrets set signing-key --file key.pem'),
    )
    .action(async (name: string, { file, expectedVersion, json: asJson }: Given & { readonly file: string }) =>
      finish(await setSecret(name, { file, expectedVersion, json: asJson }, deps)),
    );
  group
    .command('list')
    .summary('list secrets by name: versions and times, never values')
    .addOption(new Option('--first <number>', 'how many, at most 100').argParser(wholeNumber).default(100))
    .addOption(json())
    .action(async (given: { readonly first: number; readonly json: boolean }) =>
      finish(await listSecrets(given, deps)),
    );
  group
    .command('remove')
    .argument('<name>', 'of the secret')
    .summary('delete a secret for good')
    .addOption(expected())
    .addOption(json())
    .action(async (name: string, { expectedVersion, json: asJson }: Given) =>
      finish(await removeSecret(name, { expectedVersion, json: asJson }, deps)),
    );
  addRotations(group, { deps, finish, examples });
}

function addRotations(group: Command, { deps, finish, examples }: Omit<ProgramParts, 'wholeNumber'>): void {
  group
    .command('rotate-master-key')
    .summary('wrap the keys of all tenants with the current master key')
    .description(
      'Works on the database itself, beside servers that have both keys: ICEOS_SECRET_KEY_FILE the new one, ' +
        'ICEOS_SECRET_PREVIOUS_KEY_FILE the one before. Each key is a transaction of its own: when it is stopped or killed, run it ' +
        'again, and it goes on. Ends with 0 when none is left, 1 when one does not open, 78 without a key, 130 when it was stopped.',
    )
    .addOption(json())
    .addHelpText(
      'after',
      examples('ICEOS_SECRET_KEY_FILE=new.key ICEOS_SECRET_PREVIOUS_KEY_FILE=old.key iceos secrets rotate-master-key'),
    )
    .action(async (given: { readonly json: boolean }) => finish(await rotateMasterKey(given, deps)));
  group
    .command('rotate-data-key')
    .summary('give one tenant a new data key, and encrypt its secrets again')
    .description(
      'Works on the database itself, beside running servers. When it is stopped or killed, run it again, and it goes on with the ' +
        'same key. The exit codes are those of rotate-master-key; 2 when the tenant has no secrets.',
    )
    .addOption(new Option('--tenant <id>', "whose; default: the installation's own").argParser(tenantId))
    .addOption(json())
    .addHelpText('after', examples('iceos secrets rotate-data-key'))
    .action(async ({ tenant, json: asJson }: { readonly tenant?: string; readonly json: boolean }) =>
      finish(await rotateDataKey({ tenant, json: asJson }, deps)),
    );
}
