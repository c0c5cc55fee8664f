import { Option, type Command } from 'commander';
import type { FailOn } from './commands/schema-check.ts';
import type { ProgramParts } from './policy-program.ts';

/** `iceos schema ...`: for the pipelines of those who change a schema. */
export function addSchemaCommands(
  program: Command,
  { deps, finish, examples }: Omit<ProgramParts, 'wholeNumber'>,
): void {
  const schema = program.command('schema').summary('say what a change of a GraphQL schema does to its clients');
  schema
    .command('check')
    .summary('compare a schema with the one that clients have')
    .description(
      'Compares a schema with the one that clients have, and says of each change whether it is breaking, dangerous or safe, ' +
        'which recorded operations use what changes, and which would be invalid. Ends with 1 when the change is refused, ' +
        'with 2 when something cannot be read, and with 4 when a server does not answer. A server is asked with ICEOS_API_KEY, ' +
        'for its open subscriptions with ICEOS_METRICS_TOKEN.',
    )
    .requiredOption('--against <source>', 'what clients have: a URL, a file (SDL or introspection), or a git revision')
    .addOption(
      new Option('--schema <source>', 'what they would get: a file, or the URL of a server').default('schema.graphql'),
    )
    .addOption(
      new Option(
        '--operations <source...>',
        'recorded operations: files of GraphQL, folders of them, JSON of trusted documents, or a URL: what a server tells at /subscriptions',
      ).default([], 'none'),
    )
    .addOption(
      new Option('--fail-on <level>', 'what is refused; operations: only what recorded operations use')
        .choices(['breaking', 'dangerous', 'operations'])
        .default('breaking'),
    )
    .addOption(new Option('--json', 'one JSON object instead of text').default(false))
    .addHelpText(
      'after',
      examples(
        'iceos schema check --against origin/main',
        `iceos schema check --against https://iceos.example.com --operations 'src/**/*.graphql'`,
        'iceos schema check --against https://iceos.example.com --operations https://iceos.example.com/subscriptions',
        `iceos schema check --against v1.2.0 --schema http://127.0.0.1:4000 --fail-on dangerous --json | jq .passed`,
      ),
    )
    .action(
      async (options: {
        against: string;
        schema: string;
        operations: readonly string[];
        failOn: FailOn;
        json: boolean;
      }) => {
        // Loaded here, so that other commands start without the weight of the comparison.
        const { checkSchema } = await import('./commands/schema-check.ts');
        finish(await checkSchema(options, deps));
      },
    );
}
