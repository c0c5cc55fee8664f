import { InvalidArgumentError, Option, type Command } from 'commander';
import { exportAudit, listAudit, verifyAudit, type AuditOptions, type VerifyOptions } from './commands/audit.ts';
import { instant } from './instant.ts';
import type { ProgramParts } from './policy-program.ts';

const json = (): Option => new Option('--json', 'JSON lines instead of text').default(false);

function toExpected(text: string): VerifyOptions['expect'] {
  const [, number, seal] = /^([1-9]\d{0,8}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number === undefined || seal === undefined)
    throw new InvalidArgumentError('It must be NUMBER:SEAL, as audit verify shows it.');
  return { number: Number(number), seal };
}

interface Given {
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  readonly id?: string;
  readonly json: boolean;
}

const filterOf = ({ from, to, subject, id }: Given): AuditOptions => ({ from, to, subject, id });

const withFilter = (command: Command): Command =>
  command
    .addOption(new Option('--from <time>', 'only from this day (UTC) or instant on').argParser(instant))
    .addOption(new Option('--to <time>', 'only before this day (UTC) or instant').argParser(instant))
    .addOption(new Option('--subject <name>', 'only what this key or subject of a token did'))
    .addOption(new Option('--id <id>', 'only what was done to the thing with this ID'));

/** `iceos audit ...`: who did what. */
export function addAuditCommands(program: Command, { deps, finish, wholeNumber, examples }: ProgramParts): void {
  const group = program
    .command('audit')
    .summary('show, export and verify who did what')
    .description(
      'The audit log of your tenant: who did what to which thing, and the names of the fields. Needs audit:read.',
    );
  withFilter(group.command('list').summary('list entries, newest first'))
    .addOption(new Option('--first <number>', 'how many, at most 100').argParser(wholeNumber).default(20))
    .addOption(json())
    .action(async (given: Given & { readonly first: number }) =>
      finish(await listAudit({ ...filterOf(given), first: given.first, json: given.json }, deps)),
    );
  withFilter(group.command('export').summary('write all that match; the export is an entry itself'))
    .addOption(new Option('--csv', 'CSV (RFC 4180), safe to open in a spreadsheet; the default').default(false))
    .addOption(json().conflicts('csv'))
    .addHelpText(
      'after',
      examples('iceos audit export --csv > audit.csv', 'iceos audit export --from 2026-01-01 --json'),
    )
    .action(async (given: Given) => finish(await exportAudit({ ...filterOf(given), json: given.json }, deps)));
  group
    .command('verify')
    .summary('find out whether somebody has changed the log')
    .description(
      'Walks the seals of the whole log, of all tenants, without a server: DATABASE_URL or ICEOS_DATA_DIR says where it is, ' +
        'ICEOS_AUDIT_KEY_FILE has the key. Names the first range that does not hold, and ends with 1 then.',
    )
    .addOption(
      new Option('--expect <number:seal>', 'a seal that was noted before: it must be there').argParser(toExpected),
    )
    .addOption(json())
    .addHelpText('after', examples('iceos audit verify', 'iceos audit verify --json'))
    .action(async (given: { readonly expect?: VerifyOptions['expect']; readonly json: boolean }) =>
      finish(await verifyAudit({ expect: given.expect, json: given.json }, deps)),
    );
}
