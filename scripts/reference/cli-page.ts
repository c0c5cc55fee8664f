import type { Argument, Command, Option } from 'commander';
import type { CliDeps } from '../../src/cli/cli-deps.ts';
import { createProgram } from '../../src/cli/program.ts';
import { createStyle } from '../../src/cli/style.ts';
import { table } from './table.ts';

const described = (): never => {
  throw new Error('The program is described here, not run.');
};

/** All that a command would work with; describing one asks for none of it. */
const NOTHING: CliDeps = {
  version: '',
  terminal: {
    out: described,
    error: described,
    drained: described,
    interactive: false,
    columns: 100,
    rows: 24,
    style: createStyle(false),
  },
  settings: { url: '', apiKey: undefined, dataDir: '' },
  fetch: described,
  gitShow: described,
  now: described,
  signal: new AbortController().signal,
  examine: described,
  serve: described,
  bootstrapKey: described,
  verifyAudit: described,
  rotateMasterKey: described,
  rotateDataKey: described,
  doctor: described,
};

/** The program of the command line, as it parses. Nothing of it can be run. */
export const describedProgram = (): Command => createProgram(NOTHING, described);

/** Every command that does something, with the words before it, such as `iceos keys`. */
export function commandsBelow(command: Command, before: readonly string[] = []): readonly Listed[] {
  const words = [...before, command.name()];
  const own = command.commands.length === 0 ? [{ command, words }] : [];
  return [...own, ...command.commands.flatMap((child) => commandsBelow(child, words))];
}
export interface Listed {
  readonly command: Command;
  readonly words: readonly string[];
}

/** What a command's help says behind its options: examples and more. */
function helpAfter(command: Command): string {
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) });
  command.outputHelp();
  return help.slice(help.indexOf(command.helpInformation()) + command.helpInformation().length).trim();
}

const shownDefault = ({ defaultValue, defaultValueDescription }: Argument | Option): string => {
  if (defaultValueDescription !== undefined) return `. Default: ${defaultValueDescription}`;
  return defaultValue === undefined || defaultValue === false ? '' : `. Default: \`${String(defaultValue)}\``;
};

function commandSection({ command, words }: Listed): readonly string[] {
  const rows = [
    ...command.registeredArguments.map((argument) => [
      `\`${argument.required ? `<${argument.name()}>` : `[${argument.name()}]`}\``,
      `${argument.description}${shownDefault(argument)}`,
    ]),
    ...command.options.map((option) => [`\`${option.flags}\``, `${option.description}${shownDefault(option)}`]),
  ];
  const after = helpAfter(command).replace(/^Examples:\n/, '');
  const examples = after.split('\n').map((line) => line.replace(/^ *\$ /, ''));
  return [
    `## ${words.join(' ')}`,
    '',
    command.description() === ''
      ? `${command.summary()}.`.replace(/^./, (first) => first.toUpperCase())
      : command.description(),
    '',
    ...(rows.length === 0 ? [] : [...table(['given', 'meaning'], rows), '']),
    ...(after === '' ? [] : ['```sh no-run: examples of the help', ...examples, '```', '']),
  ];
}

/** docs/cli.md: every command with what it takes. */
export function cliPage(): string {
  const program = describedProgram();
  const commands = commandsBelow(program);
  const about = helpAfter(program).split('\n');
  return [
    '# Command line',
    '',
    '`npx iceos`, from the package or from a checkout. `iceos COMMAND --help` says the same. This page is generated from',
    '`src/cli` by `npm run codegen`.',
    '',
    ...table(
      ['command', 'what for'],
      commands.map(({ command, words }) => [
        `[${words.join(' ')}](#${words.join('-')})`,
        command.summary() === '' ? command.description() : command.summary(),
      ]),
    ),
    '',
    '```text',
    ...about,
    '```',
    '',
    ...commands.flatMap(commandSection),
  ].join('\n');
}
