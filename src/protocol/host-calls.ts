import * as z from 'zod/mini';
import { KIB, MIB } from '../core/units.ts';

/** The largest request and answer of one host call, as JSON. */
export const MAX_HOST_VALUE_BYTES = 12 * MIB;

/** How many host calls of one attempt are carried out at once; a worker of ours asks for no more and lets the others wait. */
export const HOST_CALLS_AT_ONCE = 16;

/** The requests that a worker of ours sends before it has an answer, together; the largest one always goes. */
export const HOST_REQUESTS_BYTES = 48 * MIB;

/** An HTTP request that a tool asks the broker to make. A header may hold `{{secret:name}}`. */
export const HttpRequest = z.strictObject({
  method: z.string().check(z.regex(/^[A-Z]{1,16}$/)),
  url: z.string().check(z.maxLength(8 * KIB)),
  headers: z.record(z.string(), z.string()),
  bodyBase64: z.optional(z.string()),
  timeoutMs: z.optional(z.int().check(z.minimum(1))),
  /** Of the answer's body after decompression. */
  maxBytes: z.optional(z.int().check(z.minimum(1))),
});
export type HttpRequest = z.infer<typeof HttpRequest>;

/** What came back, after redirects. */
export const HttpResponse = z.strictObject({
  status: z.int(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  bodyBase64: z.string(),
  bytes: z.int(),
});
export type HttpResponse = z.infer<typeof HttpResponse>;

/** Asks for the plain text of a secret. */
export const RevealRequest = z.strictObject({ name: z.string().check(z.maxLength(64)) });
export type RevealRequest = z.infer<typeof RevealRequest>;

export const RevealResponse = z.strictObject({ value: z.string() });
export type RevealResponse = z.infer<typeof RevealResponse>;
