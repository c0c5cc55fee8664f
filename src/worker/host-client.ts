import * as z from 'zod/mini';
import type { Channel } from '../protocol/channel.ts';
import { createValueAssembler, splitValue } from '../protocol/chunking.ts';
import { HttpResponse, MAX_HOST_VALUE_BYTES, type HttpRequest } from '../protocol/host-calls.ts';
import type { Chunk, FromWorker, ToWorker } from '../protocol/messages.ts';
import { ToolFailure } from '../protocol/tool-context.ts';

type HostAnswer = Extract<ToWorker, { type: 'hostAnswer' }>;

/** The worker's side of host calls: what it asks the broker, and what came back. */
export interface HostClient {
  request(request: HttpRequest): Promise<HttpResponse>;
  receiveChunk(chunk: Chunk): void;
  receiveAnswer(answer: HostAnswer): void;
}

interface Waiting {
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (error: Error) => void;
}

/** Makes the client of one call. `nextValueId` numbers the values of the call, also those that are no host calls. */
export function createHostClient(channel: Channel<FromWorker>, token: string, nextValueId: () => number): HostClient {
  const waiting = new Map<number, Waiting>();
  const assembler = createValueAssembler(8 * MAX_HOST_VALUE_BYTES);
  let lastId = 0;

  return {
    request(request) {
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        const { value, chunks } = splitValue(JSON.stringify(request), token, nextValueId());
        for (const chunk of chunks) channel.send(chunk);
        channel.send({ type: 'hostCall', token, id, name: 'http.request', request: value });
      });
    },
    receiveChunk(chunk) {
      assembler.add(chunk);
    },
    receiveAnswer({ id, answer }) {
      const call = waiting.get(id);
      if (call === undefined) return;
      waiting.delete(id);
      if (!answer.ok) {
        call.reject(new ToolFailure(answer.message, { retryable: answer.retryable }));
        return;
      }
      const value = assembler.take(answer.value);
      const response = value.ok ? z.safeParse(HttpResponse, value.value.json) : undefined;
      if (response?.success === true) call.resolve(response.data);
      else call.reject(new ToolFailure('The answer of the broker could not be read.', { retryable: true }));
    },
  };
}
