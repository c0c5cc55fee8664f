import { Validator, type Schema } from '@cfworker/json-schema';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const Content = z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()).optional() }));
const Operation = z.looseObject({
  operationId: z.string(),
  responses: z.record(
    z.string(),
    z.object({ headers: z.record(z.string(), z.unknown()).default({}), content: Content.optional() }),
  ),
});

/** What the tests read of docs/generated/openapi.json. */
export const OpenApi = z.looseObject({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

export const readOpenApi = async (): Promise<z.infer<typeof OpenApi>> =>
  OpenApi.parse(JSON.parse(await readFile('docs/generated/openapi.json', 'utf8')));

/** An answer that the description allows. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What the text says, where it is JSON. */
  readonly json: Record<string, unknown>;
}

export interface RestRequest {
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | object;
}

export type RestClient = (method: string, path: string, request?: RestRequest) => Promise<RestAnswer>;

/** Absent on some answers, by their descriptions. */
const OPTIONAL_HEADERS = ['Link'];

/** Sends requests to plain HTTP, and holds every answer against the description. */
export async function openRestClient({
  url,
  key,
}: {
  readonly url: string;
  readonly key: string;
}): Promise<RestClient> {
  const description = await readOpenApi();
  const { components } = description;

  function assertDescribed(method: string, path: string, answer: RestAnswer): void {
    const told = `${method} ${path} answered ${answer.status}: ${answer.text}`;
    const template = Object.keys(description.paths).find((each) =>
      new RegExp(`^${each.replaceAll('.', '\\.').replace('{id}', '[^/]+')}$`).test(path.split('?', 1)[0] ?? ''),
    );
    const operation = description.paths[template ?? '']?.[method === 'HEAD' ? 'get' : method.toLowerCase()];
    const type = answer.headers.get('content-type')?.split(';')[0];
    if (operation === undefined) {
      if (method === 'OPTIONS') return;
      // No route: no operation can describe it.
      if (type !== 'application/problem+json' || ![404, 405].includes(answer.status)) throw new Error(told);
      assertValid({ $ref: '#/components/schemas/Problem' }, answer.json, told);
      return;
    }
    const response = operation.responses[String(answer.status)];
    if (response === undefined) throw new Error(`The description has no such status. ${told}`);
    const missing = Object.keys(response.headers).filter(
      (name) => !OPTIONAL_HEADERS.includes(name) && !answer.headers.has(name),
    );
    if (missing.length > 0) throw new Error(`The headers ${missing.join(', ')} are missing. ${told}`);
    if (method === 'HEAD' || response.content === undefined) {
      if (answer.text !== '') throw new Error(`There should be no body. ${told}`);
      return;
    }
    const content = response.content[type ?? ''];
    if (content === undefined) throw new Error(`The description has no type ${type}. ${told}`);
    if (content.schema !== undefined && type?.endsWith('json')) assertValid(content.schema, answer.json, told);
  }

  function assertValid(schema: Schema, value: unknown, told: string): void {
    const { valid, errors } = new Validator({ ...schema, components }, '2020-12').validate(value);
    if (!valid) throw new Error(`${JSON.stringify(errors.slice(-3))} ${told}`);
  }

  return async (method, path, { key: by = key, headers = {}, body } = {}) => {
    const isText = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(by !== '' && { authorization: `Bearer ${by}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.endsWith('json') === true && text !== '';
    const json = z.record(z.string(), z.unknown()).parse(isJson ? JSON.parse(text) : {});
    const answer = { status: response.status, headers: response.headers, text, json };
    assertDescribed(method, path, answer);
    return answer;
  };
}
