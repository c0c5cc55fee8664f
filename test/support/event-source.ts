import { z } from 'zod';

const RETRY_MS = 20;

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
  address: { readonly url: string; readonly key: string },
  operation: { readonly query: string; readonly variables: Readonly<Record<string, unknown>> },
  onData: (data: unknown) => void = () => undefined,
): Promise<EventSourceRun> {
  const url = `${address.url}/graphql?${new URLSearchParams({ query: operation.query, variables: JSON.stringify(operation.variables) })}`;
  const data: unknown[] = [];
  let lastEventId = '';
  let connections = 0;
  for (;;) {
    connections += 1;
    try {
      const response = await fetch(url, {
        headers: {
          accept: 'text/event-stream',
          authorization: `Bearer ${address.key}`,
          ...(lastEventId === '' ? {} : { 'last-event-id': lastEventId }),
        },
      });
      if (response.status === 204) return { data, connections };
      if (response.status !== 200) throw new Refused(`${response.status} ${await response.text()}`);
      for await (const event of eventsOf(z.instanceof(ReadableStream).parse(response.body))) {
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

async function* eventsOf(body: ReadableStream): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of body) {
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
