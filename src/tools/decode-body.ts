import type { Json, JsonObject } from '../core/json.ts';
import { badInput } from './arguments.ts';

/** What a tool gives back of bytes that it read. */
export const BODY_FORMS = ['text', 'json', 'base64'] as const;
export type BodyForm = (typeof BODY_FORMS)[number];

/** Bytes as `{ text }`, `{ json }` or `{ base64 }`; bytes that do not have the form that was asked for are a failure. */
export function decodeBody(bytes: Buffer, form: BodyForm, what: string): JsonObject {
  if (form === 'base64') return { base64: bytes.toString('base64') };
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badInput(`${what} is no UTF-8 text; ask for it with "as": "base64".`);
  }
  if (form === 'text') return { text };
  try {
    return { json: JSON.parse(text) as Json }; // JSON.parse gives nothing else
  } catch (error) {
    throw badInput(`${what} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
