import * as z from 'zod/mini';
import type { Channel } from '../protocol/channel.ts';
import { createValueAssembler, splitValue } from '../protocol/chunking.ts';
import {
  HOST_CALLS_AT_ONCE,
  HOST_REQUESTS_BYTES,
  HttpResponse,
  MAX_HOST_VALUE_BYTES,
  RevealResponse,
  type HttpRequest,
  type RevealRequest,
} from '../protocol/host-calls.ts';
import type { Json } from '../core/json.ts';
import { KIB } from '../core/units.ts';
import type { Chunk, FromWorker, ToWorker } from '../protocol/messages.ts';
import { ToolFailure } from '../protocol/tool-context.ts';

type HostAnswer = Extract<ToWorker, { type: 'hostAnswer' }>;

/** The worker's side of host calls: what it asks the broker, and what came back. */
export interface HostClient {
  request(request: HttpRequest): Promise<HttpResponse>;
  /** The plain text of a secret. */
  reveal(name: string): Promise<string>;
  receiveChunk(chunk: Chunk): void;
  receiveAnswer(answer: HostAnswer): void;
}

interface Waiting {
  readonly bytes: number;
  readonly resolve: (answer: Json) => void;
  readonly reject: (error: Error) => void;
}

interface Unsent {
  readonly name: string;
  readonly text: string;
  readonly waiting: Waiting;
}

/** Makes the client of one call. `nextValueId` numbers the values of the call, also those that are no host calls. */
export function createHostClient(channel: Channel<FromWorker>, token: string, nextValueId: () => number): HostClient {
  const waiting = new Map<number, Waiting>();
  const assembler = createValueAssembler(8 * MAX_HOST_VALUE_BYTES);
  const unsent: Unsent[] = [];
  let askedBytes = 0;
  let lastId = 0;

  function ask(name: string, request: HttpRequest | RevealRequest): Promise<Json> {
    const text = JSON.stringify(request);
    const bytes = Buffer.byteLength(text) + KIB; // and what stands around it
    return new Promise((resolve, reject) => {
      unsent.push({ name, text, waiting: { bytes, resolve, reject } });
      sendNext();
    });
  }

  /** The sandbox refuses more at once than it may hold: they wait here, in order. */
  function sendNext(): void {
    for (;;) {
      const [next] = unsent;
      if (next === undefined || waiting.size >= HOST_CALLS_AT_ONCE) return;
      if (waiting.size > 0 && askedBytes + next.waiting.bytes > HOST_REQUESTS_BYTES) return;
      unsent.shift();
      lastId += 1;
      waiting.set(lastId, next.waiting);
      askedBytes += next.waiting.bytes;
      const { value, chunks } = splitValue(next.text, token, nextValueId());
      for (const chunk of chunks) channel.send(chunk);
      channel.send({ type: 'hostCall', token, id: lastId, name: next.name, request: value });
    }
  }

  return {
    request: async (request) => read(HttpResponse, await ask('http.request', request)),
    reveal: async (name) => read(RevealResponse, await ask('secret.reveal', { name })).value,
    receiveChunk(chunk) {
      assembler.add(chunk);
    },
    receiveAnswer({ id, answer }) {
      const call = waiting.get(id);
      if (call === undefined) return;
      waiting.delete(id);
      askedBytes -= call.bytes;
      sendNext();
      if (!answer.ok) {
        call.reject(new ToolFailure(answer.message, { retryable: answer.retryable }));
        return;
      }
      const value = assembler.take(answer.value);
      if (value.ok) call.resolve(value.value.json);
      else call.reject(unreadable());
    },
  };
}

/** The answer in the form that its host call promises. */
function read<T>(schema: z.ZodMiniType<T>, answer: Json): T {
  const parsed = z.safeParse(schema, answer);
  if (!parsed.success) throw unreadable();
  return parsed.data;
}

const unreadable = (): ToolFailure =>
  new ToolFailure('The answer of the broker could not be read.', { retryable: true });
