import { CommandFailure, EXIT } from './exit-code.ts';
import type { TypedDocumentString } from './generated/graphql.ts';

/** Where the server is, and who asks. */
export interface ServerAddress {
  readonly url: string;
  readonly apiKey: string | undefined;
}

/** Asks the server; answers with the data, or ends the command with a sentence. */
export interface Client {
  request<R, V>(document: TypedDocumentString<R, V>, variables: V): Promise<R>;
}

interface GraphQLAnswer<R> {
  readonly data?: R | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> }[];
}

export const graphqlUrl = (url: string): string => new URL('/graphql', url).href;

/** The header, and over WebSocket the connection's parameters, that carry the key. */
export const credentials = ({ apiKey }: ServerAddress): Record<string, string> =>
  apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };

/** How to get past a refusal, by its code. */
const HINTS: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'Set ICEOS_API_KEY, or run this where the server has written .iceos/key (ICEOS_DATA_DIR).',
  FORBIDDEN: 'Use an API key that has this scope.',
};

const messageOf = (error: unknown): string => {
  // fetch says only "fetch failed"; its cause says what failed.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
};

/** The failure of a command that found no server. */
export const unreachable = (url: string, cause: unknown): CommandFailure =>
  new CommandFailure(
    EXIT.unreachable,
    `No server answers at ${url}: ${messageOf(cause)}\nStart one with: iceos serve. Or set ICEOS_URL.`,
    { cause },
  );

/** What `errors[]` says, as the end of a command. */
export function refused(errors: NonNullable<GraphQLAnswer<unknown>['errors']>): CommandFailure {
  const codes = errors.map((error) => error.extensions?.['code']).filter((code) => typeof code === 'string');
  const errorIds = errors.map((error) => error.extensions?.['errorId']).filter((id) => typeof id === 'string');
  const hints = [...new Set(codes)].map((code) => HINTS[code]).filter((hint) => hint !== undefined);
  const ids = errorIds.map((id) => `The server's log says more: errorId ${id}.`);
  const isConfiguration = codes.includes('UNAUTHENTICATED') || codes.includes('FORBIDDEN');
  const isFault = errorIds.length > 0 || codes.includes('UNAVAILABLE');
  const code = isConfiguration ? EXIT.configuration : isFault ? EXIT.unreachable : EXIT.badInput;
  return new CommandFailure(code, [...errors.map((error) => error.message), ...hints, ...ids].join('\n'));
}

/** A client over HTTP; `fetch` is handed in so that tests need no server. */
export function createClient(address: ServerAddress, fetch: typeof globalThis.fetch): Client {
  const url = graphqlUrl(address.url);
  return {
    async request<R, V>(document: TypedDocumentString<R, V>, variables: V): Promise<R> {
      const headers = {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
        ...credentials(address),
      };
      const body = JSON.stringify({ query: document.toString(), variables });
      let text: string;
      try {
        const response = await fetch(url, { method: 'POST', headers, body });
        text = await response.text();
      } catch (error) {
        throw unreachable(address.url, error);
      }
      const answer = parseAnswer<R>(text, address.url);
      if (answer.errors !== undefined && answer.errors.length > 0) throw refused(answer.errors);
      if (answer.data === undefined || answer.data === null) throw unreachable(address.url, 'an answer without data');
      return answer.data;
    },
  };
}

function parseAnswer<R>(text: string, url: string): GraphQLAnswer<R> {
  try {
    const answer: unknown = JSON.parse(text);
    // The document was validated against the schema that the types come from; a server breaks it only by a bug.
    if (typeof answer === 'object' && answer !== null) return answer;
  } catch {
    // Not JSON: said below, with what was there instead.
  }
  throw unreachable(url, `this is no answer of iceOS: ${text.slice(0, 120)}`);
}
