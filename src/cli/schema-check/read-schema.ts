import { stat } from 'node:fs/promises';
import path from 'node:path';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  type GraphQLSchema,
  type IntrospectionOptions,
  type IntrospectionQuery,
} from 'graphql';
import { createClient } from '../client.ts';
import type { CliDeps } from '../cli-deps.ts';
import { CommandFailure, EXIT } from '../exit-code.ts';
import { TypedDocumentString } from '../generated/graphql.ts';
import { readKeyFile, readTextFile } from '../read-input.ts';

type ReadDeps = Pick<CliDeps, 'fetch' | 'gitShow' | 'settings'>;

const isUrl = (source: string): boolean => /^https?:\/\//.test(source);
const isFile = (source: string): Promise<boolean> =>
  stat(source).then(
    (found) => found.isFile(),
    () => false,
  );

/** The schema of a running server, of a file, or of a revision of git; `file` is what a revision is asked for. */
export async function readSchema(source: string, file: string, deps: ReadDeps): Promise<GraphQLSchema> {
  if (isUrl(source)) return introspect(source, deps);
  if (await isFile(source)) return parseSchema(await readTextFile(source), source);
  const place = source.includes(':')
    ? source
    : `${source}:./${path.relative('.', isUrl(file) ? 'schema.graphql' : file)}`;
  const shown = await deps.gitShow(place);
  if (shown.ok) return parseSchema(shown.value, place);
  throw new CommandFailure(
    EXIT.badInput,
    `${source} is no URL and no file, and git does not have it either: ${shown.error}.\n` +
      'Give a URL, a file, or a revision such as origin/main; in a shallow clone, fetch it first.',
  );
}

/** A schema as SDL, or as the answer to the introspection query. */
function parseSchema(text: string, name: string): GraphQLSchema {
  try {
    if (!text.trimStart().startsWith('{')) return buildSchema(text);
    // The library looks at its parts, and says what is missing.
    const answer = JSON.parse(text) as { readonly data?: IntrospectionQuery } & IntrospectionQuery;
    return buildClientSchema(answer.data ?? answer);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(EXIT.badInput, `${name} is no schema, neither as SDL nor as introspection: ${reason}`);
  }
}

/** What clients may see, as far as the server knows it: older ones refuse to be asked for some of it. */
const ALL: IntrospectionOptions = {
  inputValueDeprecation: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  oneOf: true,
};

async function introspect(url: string, { settings, fetch }: ReadDeps): Promise<GraphQLSchema> {
  const { pathname } = new URL(url);
  if (!['/', '/graphql'].includes(pathname))
    throw new CommandFailure(
      EXIT.badInput,
      `${url} has the path ${pathname}; iceOS answers at /graphql. Give the server alone.`,
    );
  // A key is for the server of the settings alone.
  const isOurs = new URL(url).origin === new URL(settings.url).origin;
  const apiKey = isOurs ? (settings.apiKey ?? (await readKeyFile(settings.dataDir))) : undefined;
  const ask = async (options: IntrospectionOptions): Promise<GraphQLSchema> => {
    const query = new TypedDocumentString<IntrospectionQuery, Record<string, never>>(getIntrospectionQuery(options));
    return buildClientSchema(await createClient({ url, apiKey }, fetch).request(query, {}));
  };
  const isRefused = (error: unknown): error is CommandFailure =>
    error instanceof CommandFailure && error.code === EXIT.badInput;
  try {
    return await ask(ALL).catch((error: unknown) => {
      if (!isRefused(error)) throw error;
      return ask({});
    });
  } catch (error) {
    if (!isRefused(error)) throw error;
    throw new CommandFailure(
      EXIT.badInput,
      `${url} does not show its schema: ${error.message}\nIntrospection is off in production: set ICEOS_INTROSPECTION=on there, or give a file.`,
      { cause: error },
    );
  }
}
