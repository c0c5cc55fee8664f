import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { MIB, MINUTE_MS } from '../../core/units.ts';
import { ToolFailure, type ToolContext } from '../../protocol/tool-context.ts';
import { badInput, count, flag, objectInput, oneOf, optionalText, text } from '../arguments.ts';
import { BODY_FORMS, decodeBody } from '../decode-body.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** Statuses after which the same request may succeed later. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Asks the broker for an HTTP request and reads its answer. */
export async function run(input: Json, context: Pick<ToolContext, 'http'>): Promise<Json> {
  const given = objectInput(input);
  const url = text(given, 'url');
  const body = bodyOf(given);
  const response = await context.http.request({
    url,
    method: oneOf(given, 'method', { words: METHODS, fallback: 'GET' }),
    headers: headersOf(given),
    ...(body !== undefined && { bodyBase64: Buffer.from(body).toString('base64') }),
    timeoutMs: count(given, 'timeoutMs', { fallback: 30_000, most: 10 * MINUTE_MS }),
    maxBytes: count(given, 'maxBytes', { fallback: 8 * MIB, most: 8 * MIB }),
  });
  const { status, headers, bytes } = response;
  if (status >= 400 && flag(given, 'failOnStatus', true)) {
    throw new ToolFailure(`${response.url} answered with status ${status}.`, { retryable: PASSING.has(status) });
  }
  const form = oneOf(given, 'as', { words: BODY_FORMS, fallback: 'text' });
  const content = decodeBody(Buffer.from(response.bodyBase64, 'base64'), form, `The answer of ${response.url}`);
  return { status, url: response.url, headers, bytes, ...content };
}

function bodyOf(given: JsonObject): string | undefined {
  const body = optionalText(given, 'body');
  if (given['json'] === undefined) return body;
  if (body !== undefined) throw badInput('Give either "body" or "json".');
  return JSON.stringify(given['json']);
}

function headersOf(given: JsonObject): Record<string, string> {
  const headers = given['headers'] ?? {};
  if (!isJsonObject(headers)) throw badInput('"headers" must be an object.');
  const entries = Object.entries(headers).map(([name, value]): [string, string] => {
    if (typeof value !== 'string') throw badInput(`The header ${name} must be text.`);
    return [name.toLowerCase(), value];
  });
  const sendsJson = given['json'] !== undefined && !entries.some(([name]) => name === 'content-type');
  return Object.fromEntries(sendsJson ? [...entries, ['content-type', 'application/json']] : entries);
}
