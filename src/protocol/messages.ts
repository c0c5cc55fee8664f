// zod/mini: the worker's bundle starts in half the time that it needs with the whole of zod (32 ms against 54).
import * as z from 'zod/mini';
import type { Json } from '../core/json.ts';
import { KIB, MIB } from '../core/units.ts';

/** Random, one for each call; dies with the call. What comes without the token of the living call ends the worker. */
const Token = z.string().check(z.regex(/^[0-9a-f]{32}$/));
const Count = z.int().check(z.minimum(0));
const Sentence = z.string().check(z.maxLength(16 * KIB));

/** A value in a message: `parseWireJson` has already bounded its depth. */
const JsonPart = z.custom<Json>((value: unknown) => value !== undefined);

/** A value as it is, or the number under which its chunks were sent before. */
export const WireValue = z.union([
  z.strictObject({ inline: JsonPart }),
  z.strictObject({ chunked: Count, count: Count, bytes: Count }),
]);
export type WireValue = z.infer<typeof WireValue>;

/** One piece of the UTF-8 JSON text of a value, in base64. */
export const Chunk = z.strictObject({
  type: z.literal('chunk'),
  token: Token,
  value: Count,
  index: Count,
  data: z.string().check(z.maxLength(MIB)),
});
export type Chunk = z.infer<typeof Chunk>;

/** What the worker is to run; the value of `run`. */
export const CallSpec = z.strictObject({
  program: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('code'), source: z.string() }),
    z.strictObject({ type: z.literal('tool'), name: z.string(), folder: z.string(), entry: z.string() }),
    /** A tool in another language: `interpreter` is the path of what runs its entry. */
    z.strictObject({ type: z.literal('script'), folder: z.string(), entry: z.string(), interpreter: z.string() }),
  ]),
  input: JsonPart,
  idempotencyKey: z.string(),
  /** Of the span of this call, where traces are collected (W3C). */
  traceparent: z.optional(z.string()),
  /** Granted folders by name. */
  folders: z.record(z.string(), z.string()),
  /** The most that its output may be, where the worker itself collects it. */
  outputBytes: Count,
});
export type CallSpec = z.infer<typeof CallSpec>;

/** What the worker says of itself: the parent names it as the source, as a worker may lie. */
export const WorkerUsage = z.strictObject({
  cpuMs: z.number().check(z.minimum(0)),
  peakMemoryBytes: z.number().check(z.minimum(0)),
});
export type WorkerUsage = z.infer<typeof WorkerUsage>;

const Run = z.strictObject({ type: z.literal('run'), token: Token, call: WireValue });
const HostAnswer = z.strictObject({
  type: z.literal('hostAnswer'),
  token: Token,
  id: Count,
  answer: z.union([
    z.strictObject({ ok: z.literal(true), value: WireValue }),
    z.strictObject({ ok: z.literal(false), message: Sentence, retryable: z.boolean() }),
  ]),
});

/** What the parent says to the worker. */
export const ToWorker = z.discriminatedUnion('type', [Run, HostAnswer, Chunk]);
export type ToWorker = z.infer<typeof ToWorker>;

/**
 * What the worker's own program tried before anything foreign was sent, each by the code of the error that stopped it; empty:
 * it worked. `list`: the names in `/`. `connect`: a socket. `start`: a process.
 */
export const Canaries = z.strictObject({
  list: z.string().check(z.maxLength(32)),
  connect: z.string().check(z.maxLength(32)),
  start: z.string().check(z.maxLength(32)),
});
export type Canaries = z.infer<typeof Canaries>;

const Ready = z.strictObject({ type: z.literal('ready'), usage: WorkerUsage, canaries: Canaries });
const Succeeded = z.strictObject({ type: z.literal('result'), token: Token, output: WireValue, usage: WorkerUsage });
const Failed = z.strictObject({
  type: z.literal('failed'),
  token: Token,
  message: Sentence,
  retryable: z.boolean(),
  /** The limit that the error tells of. */
  limit: z.optional(z.enum(['memory', 'processes', 'disk', 'output'])),
  usage: WorkerUsage,
});
const Log = z.strictObject({
  type: z.literal('log'),
  token: Token,
  level: z.enum(['info', 'warn', 'error']),
  message: Sentence,
});
const HostCall = z.strictObject({
  type: z.literal('hostCall'),
  token: Token,
  id: Count,
  name: z.string().check(z.maxLength(64)),
  request: WireValue,
});
export type HostCall = z.infer<typeof HostCall>;

/** What a worker may say to its parent. */
export const FromWorker = z.discriminatedUnion('type', [Ready, Succeeded, Failed, Log, HostCall, Chunk]);
export type FromWorker = z.infer<typeof FromWorker>;

/** The longest sentence that a message carries. */
export const MAX_SENTENCE_CHARS = 16 * KIB;
