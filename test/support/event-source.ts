import { z } from 'zod';

const RETRY_MS = 20;

interface StreamOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** With a ticket nothing is sent that a browser could not send. */
export type EventSourceAddress =
  { readonly url: string; readonly key: string } | { readonly url: string; readonly ticket: string };

/** The address of a subscription, with the ticket where there is one. */
export function eventSourceUrl(address: EventSourceAddress, { query, variables }: StreamOperation): string {
  const ticket = 'ticket' in address ? { ticket: address.ticket } : {};
  return `${address.url}/graphql?${new URLSearchParams({ query, variables: JSON.stringify(variables), ...ticket })}`;
}

/** What an `EventSource` of a browser does, with a header for the key, which browsers cannot set. */
export interface EventSourceRun {
  /** `data:` of each `event: next`, parsed. */
  readonly data: readonly unknown[];
  /** Times that it had to connect. */
  readonly connections: number;
}

/**
 * Reads server-sent events as the HTML standard says: remembers the last `id:`, connects again when the stream ends or
 * breaks, sends `Last-Event-ID`, and stops at 204.
 */
export async function runEventSource(
  address: EventSourceAddress,
  operation: StreamOperation,
  onData: (data: unknown) => void = () => undefined,
): Promise<EventSourceRun> {
  const url = eventSourceUrl(address, operation);
  const data: unknown[] = [];
  let lastEventId = '';
  let connections = 0;
  for (;;) {
    connections += 1;
    try {
      const response = await fetch(url, {
        headers: {
          accept: 'text/event-stream',
          ...('key' in address ? { authorization: `Bearer ${address.key}` } : {}),
          ...(lastEventId === '' ? {} : { 'last-event-id': lastEventId }),
        },
      });
      if (response.status === 204) return { data, connections };
      if (response.status !== 200) throw new Refused(`${response.status} ${await response.text()}`);
      for await (const event of eventsOf(response.body)) {
        lastEventId = event.id ?? lastEventId;
        if (event.type !== 'next') continue;
        const one: unknown = JSON.parse(event.data);
        data.push(one);
        onData(one);
      }
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** The server answered, and will answer so again: an `EventSource` gives up. */
class Refused extends Error {}

interface ServerEvent {
  readonly type: string;
  readonly data: string;
  readonly id: string | undefined;
}

/** The events of an answer as they come; whoever has enough calls `return()`. */
export async function* eventsOf(body: Response['body']): AsyncGenerator<ServerEvent, void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of z.instanceof(ReadableStream).parse(body)) {
    text += decoder.decode(z.instanceof(Uint8Array).parse(bytes), { stream: true });
    // What has no blank line behind it is half of an event, and is dropped when the connection breaks.
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      yield parseEvent(text.slice(0, end));
      text = text.slice(end + 2);
    }
  }
}

function parseEvent(block: string): ServerEvent {
  const fields = new Map(
    block.split('\n').flatMap((line): [string, string][] => {
      const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
  return { type: fields.get('event') ?? 'message', data: fields.get('data') ?? '', id: fields.get('id') };
}
