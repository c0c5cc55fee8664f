import { Option, type Command } from 'commander';
import { indexFolder } from './commands/index-folder.ts';
import { forget, rememberFact, search } from './commands/memory.ts';
import { CommandFailure, EXIT } from './exit-code.ts';
import type { ProgramParts } from './policy-program.ts';

const json = (): Option => new Option('--json', 'JSON lines instead of text').default(false);
const memory = (): Option =>
  new Option('--memory <name>', 'a registered memory of kind semantic').makeOptionMandatory();

interface RememberGiven {
  readonly memory: string;
  readonly subject?: string;
  readonly metadata?: string;
  readonly lifetimeMs?: number;
  readonly json: boolean;
}

interface ForgetGiven {
  readonly memory?: string;
  readonly subject?: string;
  readonly session?: string;
  readonly json: boolean;
}

/** `iceos memory ...`: what agents remember. */
export function addMemoryCommands(program: Command, { deps, finish, wholeNumber, examples }: ProgramParts): void {
  const group = program
    .command('memory')
    .summary('search what agents remember, and change it')
    .description('Facts that are found by meaning. Reading needs the scope memory:read, changing memory:write.');
  group
    .command('search')
    .argument('<about>', 'what it shall be about')
    .summary('find facts by meaning, the nearest first')
    .addOption(memory())
    .addOption(new Option('--first <number>', 'how many').argParser(wholeNumber).default(5))
    .addOption(new Option('--subject <name>', 'only facts about exactly this subject'))
    .addOption(json())
    .addHelpText('after', examples('iceos memory search "how are calls charged" --memory docs'))
    .action(async (about: string, given: { memory: string; first: number; subject?: string; json: boolean }) =>
      finish(await search(about, { ...given, subject: given.subject }, deps)),
    );
  group
    .command('remember')
    .argument('<text>', 'the fact; - is standard input')
    .summary('remember a fact')
    .addOption(memory())
    .addOption(new Option('--subject <name>', 'whom or what it is about; forgotten with it'))
    .addOption(new Option('--metadata <json>', 'an object of your own'))
    .addOption(new Option('--lifetime-ms <number>', 'after so long nobody finds it').argParser(wholeNumber))
    .addOption(json())
    .addHelpText('after', examples('iceos memory remember "Ada prefers tea" --memory docs --subject ada'))
    .action(async (text: string, { subject, metadata, lifetimeMs, ...given }: RememberGiven) =>
      finish(await rememberFact(text, { ...given, subject, metadata, lifetimeMs }, deps)),
    );
  group
    .command('forget')
    .argument('[ids...]', 'facts, as search --json shows them')
    .summary('delete facts, everything about a subject, or the episodes of a session, for good')
    .addOption(new Option('--memory <name>', 'where the facts are'))
    .addOption(new Option('--subject <name>', 'all facts and episodes about it, in all memories').conflicts('memory'))
    .addOption(
      new Option('--session <name>', 'all episodes of it; where a node names none, the ID of its execution').conflicts([
        'memory',
        'subject',
      ]),
    )
    .addOption(json())
    .addHelpText(
      'after',
      examples(
        'iceos memory forget ID --memory docs',
        'iceos memory forget --subject ada',
        'iceos memory forget --session ada',
      ),
    )
    .action(async (ids: readonly string[], { memory: name, subject, session, json: asJson }: ForgetGiven) => {
      if (session !== undefined && ids.length === 0) finish(await forget({ session, json: asJson }, deps));
      else if (subject !== undefined && ids.length === 0) finish(await forget({ subject, json: asJson }, deps));
      else if (name !== undefined && ids.length > 0) finish(await forget({ memory: name, ids, json: asJson }, deps));
      else
        throw new CommandFailure(
          EXIT.badInput,
          'Say what to forget: ids of facts with --memory, or --subject or --session alone.',
        );
    });
  group
    .command('index')
    .argument('<folder>', 'its Markdown, text and code files are read')
    .summary('make a memory hold the passages of a folder')
    .description(
      'Cuts the text files of a folder into passages of at most 1,500 characters and remembers them with their file and ' +
        'line. Done again, it writes what is new and forgets what is gone. Hidden files, links and files over 1 MiB are passed over.',
    )
    .addOption(memory())
    .addOption(new Option('--name <name>', "tells this folder from others in one memory (default: the folder's name)"))
    .addOption(json())
    .addHelpText('after', examples('iceos memory index docs --memory docs'))
    .action(async (folder: string, given: { memory: string; name?: string; json: boolean }) =>
      finish(await indexFolder(folder, { ...given, name: given.name }, deps)),
    );
}
