import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { GraphQLAnswer, postGraphQL } from './gateway.ts';

/** An operation as every transport carries it. */
export interface Operation {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly extensions?: Record<string, unknown>;
}

/** Sends one operation over one transport, and gives back the first answer. */
export type Send = (url: string, operation: Operation, key: string | undefined) => Promise<GraphQLAnswer>;

const authorization = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` };

const searchOf = ({ query, variables, operationName, extensions }: Operation): URLSearchParams =>
  new URLSearchParams({
    // An empty one is as none: a socket alone has to send it.
    ...(query === '' ? {} : { query }),
    ...(extensions === undefined ? {} : { extensions: JSON.stringify(extensions) }),
    ...(variables === undefined ? {} : { variables: JSON.stringify(variables) }),
    ...(operationName === undefined ? {} : { operationName }),
  });

const post: Send = async (url, operation, key) => {
  const { query, ...rest } = operation;
  const response = await postGraphQL(url, query === '' ? rest : operation, authorization(key));
  return GraphQLAnswer.parse(await response.json());
};

const get: Send = async (url, operation, key) => {
  const response = await fetch(`${url}/graphql?${searchOf(operation)}`, {
    headers: { 'graphql-require-preflight': '1', ...authorization(key) },
  });
  return GraphQLAnswer.parse(await response.json());
};

/** The first message of a stream of server-sent events, or the answer when there is no stream. */
const serverSentEvents: Send = async (url, operation, key) => {
  const response = await fetch(`${url}/graphql?${searchOf(operation)}`, {
    headers: { accept: 'text/event-stream', ...authorization(key) },
  });
  let text = '';
  const decoder = new TextDecoder();
  const reader = z
    .instanceof(ReadableStream<Uint8Array>)
    .parse(response.body)
    .getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    text += decoder.decode(z.instanceof(Uint8Array).parse(step.value), { stream: true });
    const data = /^data: *(\{.*\})$/m.exec(text)?.[1];
    if (data === undefined) continue;
    await reader.cancel();
    return GraphQLAnswer.parse(JSON.parse(data));
  }
  return GraphQLAnswer.parse(JSON.parse(text));
};

const Problems = z.array(z.looseObject({ message: z.string() }));

const webSocket: Send = async (url, operation, key) => {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: key === undefined ? {} : { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  try {
    for await (const result of client.iterate({ ...operation, variables: operation.variables ?? null })) {
      return GraphQLAnswer.parse(JSON.parse(JSON.stringify(result)));
    }
    return {};
  } catch (error) {
    const problems = Problems.safeParse(error);
    if (problems.success) return GraphQLAnswer.parse({ errors: problems.data });
    // A socket that is closed says why by its code: 4401 is the UNAUTHENTICATED of the others.
    const { code } = z.looseObject({ code: z.number() }).parse(error);
    return {
      errors: [{ message: `closed with ${code}`, extensions: { code: code === 4401 ? 'UNAUTHENTICATED' : code } }],
    };
  } finally {
    await client.dispose();
  }
};

/** Every way into the gateway. */
export const TRANSPORTS: readonly (readonly [string, Send])[] = [
  ['POST', post],
  ['GET', get],
  ['SSE', serverSentEvents],
  ['WebSocket', webSocket],
];
