import { isInterfaceType, type GraphQLSchema } from 'graphql';
import { PROBLEM_STATUS } from '../../src/gateway/rest/refused.ts';
import { STATUS } from '../../src/gateway/problem.ts';
import { CODES, MEMBERS, REASONS, type ErrorAdvice } from './errors.ts';
import { table } from './table.ts';

const HEAD = ['when', 'what to do', 'again?'];
const advice = ({ when, todo, again }: ErrorAdvice): readonly string[] => [when, todo, again];

function membersOf(schema: GraphQLSchema): readonly (readonly string[])[] {
  const error = schema.getType('Error');
  if (!isInterfaceType(error)) throw new Error('The schema has no interface Error.');
  const types = schema.getPossibleTypes(error).toSorted((one, other) => one.name.localeCompare(other.name));
  const rows = types.map(({ name, description }) => {
    const known = MEMBERS[name];
    if (known === undefined) throw new Error(`Say in scripts/reference/errors.ts what to do about ${name}.`);
    return [`\`${name}\``, ...advice({ ...known, when: (description ?? '').replace(/\.$/, '') })];
  });
  const gone = Object.keys(MEMBERS).filter((name) => !types.some((type) => type.name === name));
  if (gone.length > 0)
    throw new Error(`The schema has no ${gone.join(', ')}: take it out of scripts/reference/errors.ts.`);
  return rows;
}

const statuses: Readonly<Record<string, number>> = { ...STATUS, ...PROBLEM_STATUS };

/** docs/errors.md: everything by which a client or a node can be refused. */
export function errorsPage(schema: GraphQLSchema): string {
  return [
    '# Errors',
    '',
    'What can go wrong, by where it is said, and whether the same may work when it is sent again. This page is generated from',
    '`scripts/reference/errors.ts`, which does not compile without a row for each code, by `npm run codegen`.',
    '',
    '## Codes',
    '',
    'In `errors[].extensions.code` of GraphQL, and in `code` of [plain HTTP](http.md). The status is that of HTTP; a WebSocket has',
    '[close codes](transports.md#websocket).',
    '',
    ...table(
      ['code', 'status', ...HEAD],
      Object.entries(CODES).map(([code, one]) => [`\`${code}\``, String(statuses[code] ?? ''), ...advice(one)]),
    ),
    '',
    'A document that cannot be parsed is `GRAPHQL_PARSE_FAILED`: as `BAD_REQUEST`.',
    '',
    '## Members of result unions',
    '',
    'What a mutation answers in place of its success: select `... on Error { message }`.',
    '',
    ...table(['type', ...HEAD], membersOf(schema)),
    '',
    '## Failures of attempts, nodes and executions',
    '',
    '`failure.reason`. _Again_ is whether `retry` makes another attempt where `retry.on` does not say otherwise.',
    '',
    ...table(
      ['reason', ...HEAD],
      Object.entries(REASONS).map(([reason, one]) => [`\`${reason}\``, ...advice(one)]),
    ),
    '',
    'Exit codes of the program: [command line](cli.md).',
    '',
  ].join('\n');
}
