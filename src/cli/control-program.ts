import { InvalidArgumentError, Option, type Command } from 'commander';
import type { CliDeps } from './cli-deps.ts';
import { cancel } from './commands/cancel.ts';
import { pause, resume } from './commands/pause.ts';
import type { ExitCode } from './exit-code.ts';

interface ControlParts {
  readonly deps: CliDeps;
  readonly finish: (code: ExitCode) => void;
  readonly examples: (...lines: readonly string[]) => string;
}

/** Money as the API takes it: of any size, so as its digits. */
function micros(text: string): string {
  if (!/^\d{1,16}$/.test(text)) throw new InvalidArgumentError('It must be whole micro-dollars: 1000000 are a dollar.');
  return text;
}

const reason = (): Option => new Option('--reason <text>', 'stands in the event');

/** `iceos cancel`, `pause`, `resume`: what may be asked of an execution that has not ended. */
export function addControlCommands(program: Command, { deps, finish, examples }: ControlParts): void {
  program
    .command('cancel')
    .argument('<id>', 'of an execution')
    .summary('stop an execution')
    .description('Asks that an execution ends. Answers when that is recorded; watch it to see what was stopped.')
    .addOption(reason())
    .action(async (id: string, options: { reason?: string }) => finish(await cancel(id, options.reason, deps)));
  program
    .command('pause')
    .argument('<id>', 'of an execution')
    .summary('let nothing more begin in an execution')
    .description('Lets nothing more begin in an execution until it is resumed. What runs may end.')
    .addOption(reason())
    .action(async (id: string, options: { reason?: string }) => finish(await pause(id, options.reason, deps)));
  program
    .command('resume')
    .argument('<id>', 'of an execution')
    .summary('let a paused execution go on')
    .description(
      'Lets a paused execution go on. One that reached the soft limit of its budget needs a larger one; what is left out stays as it is.',
    )
    .addOption(new Option('--max-cost-usd-micros <number>', 'what it may cost at most in all').argParser(micros))
    .addOption(new Option('--soft-cost-usd-micros <number>', 'the cost at which it pauses again').argParser(micros))
    .addHelpText('after', examples('iceos resume ID', 'iceos resume ID --soft-cost-usd-micros 2000000'))
    .action(async (id: string, options: { maxCostUsdMicros?: string; softCostUsdMicros?: string }) =>
      finish(await resume(id, options, deps)),
    );
}
