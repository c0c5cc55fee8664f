import { Option, type Command } from 'commander';
import { allowToken, denyToken, listDenials } from './commands/tokens.ts';
import { instant } from './instant.ts';
import type { ProgramParts } from './policy-program.ts';

const json = (): Option => new Option('--json', 'JSON lines instead of text').default(false);

interface DenyGiven {
  readonly subject: boolean;
  readonly expiresAt?: string;
  readonly json: boolean;
}

/** `iceos tokens ...`: tokens of the issuer that are not taken any more. */
export function addTokensCommands(program: Command, { deps, finish, wholeNumber, examples }: ProgramParts): void {
  const group = program
    .command('tokens')
    .summary('deny tokens (JWT) before they expire')
    .description('The deny-list of tokens of your tenant. All of it needs the scope keys.');
  group
    .command('list')
    .summary('list what is denied, newest first')
    .addOption(new Option('--first <number>', 'how many').argParser(wholeNumber).default(20))
    .addOption(json())
    .action(async (given: { first: number; json: boolean }) => finish(await listDenials(given, deps)));
  group
    .command('deny')
    .argument('<value>', 'the claim jti of a token, or with --subject its claim sub')
    .summary('refuse a token, or all of a subject; their streams end within a second')
    .addOption(new Option('--subject', 'all tokens of this subject').default(false))
    .addOption(new Option('--expires-at <time>', 'only until this day (UTC) or instant').argParser(instant))
    .addOption(json())
    .addHelpText('after', examples('iceos tokens deny 0b5c8f...', 'iceos tokens deny ada --subject'))
    .action(async (value: string, { subject, expiresAt, json: asJson }: DenyGiven) =>
      finish(await denyToken(value, { kind: subject ? 'SUB' : 'JTI', expiresAt, json: asJson }, deps)),
    );
  group
    .command('allow')
    .argument('<id>', 'of the entry, as list shows it')
    .summary('take an entry from the list')
    .addOption(json())
    .action(async (id: string, given: { json: boolean }) => finish(await allowToken(id, given, deps)));
}
