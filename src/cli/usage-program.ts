import { Option, type Command } from 'commander';
import { ledger } from './commands/ledger.ts';
import { usage, type UsageOptions } from './commands/usage.ts';
import { instant } from './instant.ts';
import type { ProgramParts } from './policy-program.ts';

const GROUPINGS = ['model', 'blueprint', 'day', 'hour', 'kind'] as const satisfies readonly UsageOptions['by'][];

const from = (): Option => new Option('--from <time>', 'only from this day (UTC) or instant on').argParser(instant);
const to = (): Option => new Option('--to <time>', 'only before this day (UTC) or instant').argParser(instant);
const execution = (): Option =>
  new Option('--execution <id>', 'only of the root of this execution, with all that it started');
const csv = (): Option => new Option('--csv', 'CSV (RFC 4180), safe to open in a spreadsheet').default(false);
const json = (): Option => new Option('--json', 'JSON lines instead of text').default(false).conflicts('csv');

interface Given {
  readonly from?: string;
  readonly to?: string;
  readonly execution?: string;
  readonly csv: boolean;
  readonly json: boolean;
}

/** `iceos usage` and `iceos ledger`: what calls of models have cost. */
export function addUsageCommands(program: Command, { deps, finish, wholeNumber, examples }: ProgramParts): void {
  program
    .command('usage')
    .summary('show what calls of models have cost, in sums')
    .description(
      'Sums of what calls of models have cost. Days and hours are those of UTC and stand in their order; else what cost the ' +
        'most comes first. Money is exact: in CSV and JSON in whole micro-dollars, of which a dollar has a million.',
    )
    .addOption(new Option('--by <what>', 'what one sum is made of').choices(GROUPINGS).default('model'))
    .addOption(from())
    .addOption(to())
    .addOption(execution())
    .addOption(csv())
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'iceos usage --by blueprint --from 2026-01-01 --to 2026-02-01',
        'iceos usage --by day --csv > days.csv',
        'iceos usage --execution ID',
      ),
    )
    .action(async (given: Given & { readonly by: UsageOptions['by'] }) =>
      finish(await usage({ ...given, ...rangeOf(given) }, deps)),
    );
  program
    .command('ledger')
    .summary('show what each call of a model has cost, newest first')
    .description(
      'One row for each call of a model. A call whose usage nobody received is charged the most that was reserved for it, ' +
        'and says so. With --csv or --json all that match, page after page.',
    )
    .addOption(from())
    .addOption(to())
    .addOption(execution())
    .addOption(new Option('--model <name>', 'only of this model'))
    .addOption(new Option('--estimated', 'only calls whose usage nobody received').default(false))
    .addOption(new Option('--first <number>', 'how many rows a table has').argParser(wholeNumber).default(20))
    .addOption(csv())
    .addOption(json())
    .addHelpText(
      'after',
      examples('iceos ledger --csv > ledger.csv', 'iceos ledger --execution ID', 'iceos ledger --estimated --json'),
    )
    .action(async (given: Given & { readonly model?: string; readonly estimated: boolean; readonly first: number }) =>
      finish(await ledger({ ...given, ...rangeOf(given), model: given.model }, deps)),
    );
}

const rangeOf = ({ from, to, execution }: Given) => ({ from, to, execution });
