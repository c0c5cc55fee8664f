import type { CliDeps } from '../cli-deps.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import {
  AllowTokenDocument,
  DenyTokenDocument,
  ListTokenDenialsDocument,
  type ShownDenialFragment,
} from '../generated/graphql.ts';
import { openSession } from '../session.ts';
import { table } from '../table.ts';
import { noAnswer } from './publish.ts';

interface Output {
  readonly json: boolean;
}

/** `iceos tokens list`: the deny-list, newest first. */
export async function listDenials(
  { first, json }: Output & { readonly first: number },
  deps: CliDeps,
): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { tokenDenials } = await client.request(ListTokenDenialsDocument, { first });
  if (!tokenDenials) throw noAnswer();
  const denials = tokenDenials.edges.map(({ node }) => node);
  const { terminal } = deps;
  if (json) for (const denial of denials) terminal.out(`${JSON.stringify(denial)}\n`);
  else if (denials.length === 0) terminal.error('No token is denied.');
  else {
    const rows = denials.map((denial) => [
      denial.id,
      denial.kind.toLowerCase(),
      denial.value,
      untilOf(denial),
      denial.deniedBy,
    ]);
    terminal.out(table(['id', 'claim', 'value', 'until', 'denied by'], rows));
  }
  if (tokenDenials.pageInfo.hasNextPage) terminal.error(`There are more: --first ${2 * first}`);
  return EXIT.succeeded;
}

const untilOf = ({ expiresAt }: ShownDenialFragment): string =>
  typeof expiresAt === 'string' ? expiresAt : 'it is allowed';

export interface DenyOptions extends Output {
  readonly kind: 'JTI' | 'SUB';
  readonly expiresAt: string | undefined;
}

/** `iceos tokens deny VALUE`. */
export async function denyToken(value: string, options: DenyOptions, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { kind, expiresAt, json } = options;
  const input = { kind, value, expiresAt: expiresAt ?? null };
  const { denyToken: result } = await client.request(DenyTokenDocument, { input });
  if (!result) throw noAnswer();
  if (result.__typename !== 'DenyTokenSuccess') throw new CommandFailure(EXIT.badInput, result.message);
  const { denial } = result;
  const what = kind === 'SUB' ? `All tokens of the subject ${value}` : `The token ${value}`;
  deps.terminal.out(
    json ? `${JSON.stringify(denial)}\n` : `${what} will be refused until ${untilOf(denial)} (${denial.id}).\n`,
  );
  return EXIT.succeeded;
}

/** `iceos tokens allow ID`. */
export async function allowToken(id: string, { json }: Output, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { allowToken: result } = await client.request(AllowTokenDocument, { input: { id } });
  if (!result) throw noAnswer();
  if (result.__typename !== 'AllowTokenSuccess') throw new CommandFailure(EXIT.badInput, result.message);
  const { denial } = result;
  deps.terminal.out(json ? `${JSON.stringify(denial)}\n` : `Tokens with ${denial.value} are taken again.\n`);
  return EXIT.succeeded;
}
