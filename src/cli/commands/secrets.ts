import type { CliDeps } from '../cli-deps.ts';
import type { Client } from '../client.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import {
  DeleteSecretDocument,
  ListSecretsDocument,
  SetSecretDocument,
  ShowSecretDocument,
  type ShownSecretFragment,
} from '../generated/graphql.ts';
import { readExactText } from '../read-input.ts';
import { openSession } from '../session.ts';
import { table } from '../table.ts';
import { noAnswer } from './publish.ts';

interface Output {
  readonly json: boolean;
}

interface ChangeOptions extends Output {
  /** Undefined: whatever is there now. */
  readonly expectedVersion: number | undefined;
}

/** `iceos secrets set NAME`: the value from a file or from standard input. */
export async function setSecret(
  name: string,
  { file, ...options }: ChangeOptions & { readonly file: string },
  deps: CliDeps,
): Promise<ExitCode> {
  // What a person or `echo` puts behind it is no part of it.
  const value = (await readExactText(file)).replace(/\r?\n$/, '');
  const { client } = await openSession(deps);
  const expectedVersion = options.expectedVersion ?? (await versionOf(client, name)) ?? 0;
  const { setSecret: result } = await client.request(SetSecretDocument, { input: { name, value, expectedVersion } });
  if (!result) throw noAnswer();
  if (result.__typename !== 'SetSecretSuccess') throw new CommandFailure(EXIT.badInput, result.message);
  const { secret } = result;
  deps.terminal.out(
    options.json ? `${JSON.stringify(secret)}\n` : `The secret "${name}" is at version ${secret.version}.\n`,
  );
  return EXIT.succeeded;
}

/** `iceos secrets list`: everything but the values. */
export async function listSecrets(
  { first, json }: Output & { readonly first: number },
  deps: CliDeps,
): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { secrets } = await client.request(ListSecretsDocument, { first });
  if (!secrets) throw noAnswer();
  const shown = secrets.edges.map(({ node }) => node);
  const { terminal } = deps;
  if (json) for (const secret of shown) terminal.out(`${JSON.stringify(secret)}\n`);
  else if (shown.length === 0) terminal.error('There is no secret. Make one: iceos secrets set NAME');
  else terminal.out(table(['name', 'version', 'set at', 'by'], shown.map(toRow)));
  if (secrets.pageInfo.hasNextPage) terminal.error('There are more: Query.secrets gives them page by page.');
  return EXIT.succeeded;
}

const toRow = ({ name, version, updatedAt, updatedBy }: ShownSecretFragment): readonly string[] => [
  name,
  String(version),
  updatedAt,
  updatedBy,
];

/** `iceos secrets remove NAME`. */
export async function removeSecret(name: string, options: ChangeOptions, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const expectedVersion = options.expectedVersion ?? (await versionOf(client, name));
  // Some version is asked for, and the server says in its words that there is none.
  const input = { name, expectedVersion: expectedVersion ?? 1 };
  const { deleteSecret: result } = await client.request(DeleteSecretDocument, { input });
  if (!result) throw noAnswer();
  if (result.__typename !== 'DeleteSecretSuccess') throw new CommandFailure(EXIT.badInput, result.message);
  const { secret } = result;
  deps.terminal.out(
    options.json ? `${JSON.stringify(secret)}\n` : `The secret "${name}" (version ${secret.version}) is gone.\n`,
  );
  return EXIT.succeeded;
}

const versionOf = async (client: Client, name: string): Promise<number | undefined> =>
  (await client.request(ShowSecretDocument, { name })).secret?.version;
