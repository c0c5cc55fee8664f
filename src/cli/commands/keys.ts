import type { CliDeps } from '../cli-deps.ts';
import { CommandFailure, EXIT, type ExitCode } from '../exit-code.ts';
import {
  CreateKeyDocument,
  ListKeysDocument,
  RevokeKeyDocument,
  RotateKeyDocument,
  type ShownKeyFragment,
} from '../generated/graphql.ts';
import { openSession } from '../session.ts';
import { table } from '../table.ts';
import { noAnswer } from './publish.ts';

interface Output {
  readonly json: boolean;
}

/** `iceos keys list`: the keys of the tenant, newest first. */
export async function listKeys({ first, json }: Output & { readonly first: number }, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { apiKeys } = await client.request(ListKeysDocument, { first });
  if (!apiKeys) throw noAnswer();
  const keys = apiKeys.edges.map(({ node }) => node);
  const { terminal } = deps;
  if (json) for (const key of keys) terminal.out(`${JSON.stringify(key)}\n`);
  else {
    const rows = keys.map((key) => [
      key.id,
      key.name,
      stateOf(key, deps.now()),
      textOf(key.lastUsedAt, 'never'),
      key.scopes.join(' '),
    ]);
    terminal.out(table(['id', 'name', 'state', 'last used', 'scopes'], rows));
  }
  if (apiKeys.pageInfo.hasNextPage) terminal.error(`There are more: --first ${2 * first}`);
  return EXIT.succeeded;
}

const textOf = (at: unknown, none: string): string => (typeof at === 'string' ? at : none);

function stateOf({ revokedAt, expiresAt }: ShownKeyFragment, now: number): string {
  const isPast = (at: unknown): boolean => typeof at === 'string' && Date.parse(at) <= now;
  if (isPast(revokedAt)) return 'revoked';
  if (isPast(expiresAt)) return 'expired';
  if (typeof revokedAt === 'string') return `ends ${revokedAt}`;
  return typeof expiresAt === 'string' ? `expires ${expiresAt}` : 'valid';
}

/** What `iceos keys create` was asked for. */
export interface CreateKeyOptions extends Output {
  readonly scopes: readonly string[];
  readonly expiresAt: string | undefined;
}

/** `iceos keys create NAME`: its text on standard output, alone, so that a script can take it. */
export async function createKey(name: string, options: CreateKeyOptions, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { scopes, expiresAt } = options;
  const input = { name, scopes: [...scopes], expiresAt: expiresAt ?? null };
  const { createApiKey: result } = await client.request(CreateKeyDocument, { input });
  if (!result) throw noAnswer();
  if (result.__typename !== 'CreateApiKeySuccess') throw new CommandFailure(EXIT.badInput, result.message);
  return tellKey(result, options, deps);
}

/** `iceos keys rotate ID`. */
export async function rotateKey(
  id: string,
  options: Output & { readonly overlapMs: number },
  deps: CliDeps,
): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const input = { id, overlapMs: options.overlapMs };
  const { rotateApiKey: result } = await client.request(RotateKeyDocument, { input });
  if (!result) throw noAnswer();
  if (result.__typename !== 'RotateApiKeySuccess') throw new CommandFailure(EXIT.badInput, result.message);
  return tellKey(result, options, deps);
}

/** `iceos keys revoke ID`. */
export async function revokeKey(id: string, options: Output, deps: CliDeps): Promise<ExitCode> {
  const { client } = await openSession(deps);
  const { revokeApiKey: result } = await client.request(RevokeKeyDocument, { input: { id } });
  if (!result) throw noAnswer();
  if (result.__typename !== 'RevokeApiKeySuccess') throw new CommandFailure(EXIT.badInput, result.message);
  const { apiKey } = result;
  deps.terminal.out(
    options.json
      ? `${JSON.stringify(apiKey)}\n`
      : `The key "${apiKey.name}" is void since ${textOf(apiKey.revokedAt, 'now')}.\n`,
  );
  return EXIT.succeeded;
}

/** `iceos keys create --bootstrap`: the first key, made on the database itself. */
export async function bootstrapKey({ json }: Output, deps: CliDeps): Promise<ExitCode> {
  const made = await deps.bootstrapKey();
  if (made === undefined) {
    throw new CommandFailure(
      EXIT.badInput,
      'The database has an API key already: make others with iceos keys create NAME. If all are lost, see "API keys" in docs/authentication.md.',
    );
  }
  if (json) deps.terminal.out(`${JSON.stringify(made)}\n`);
  else {
    deps.terminal.error('The first API key, with all scopes. It is shown once:');
    deps.terminal.out(`${made.key}\n`);
  }
  return EXIT.succeeded;
}

function tellKey(
  { key, apiKey }: { readonly key: string; readonly apiKey: ShownKeyFragment },
  { json }: Output,
  { terminal }: CliDeps,
): ExitCode {
  if (json) terminal.out(`${JSON.stringify({ key, ...apiKey })}\n`);
  else {
    terminal.error(`The API key "${apiKey.name}" (${apiKey.scopes.join(' ')}). It is shown once:`);
    terminal.out(`${key}\n`);
  }
  return EXIT.succeeded;
}
