import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpProfile } from './draft-profile.ts';
import { answer } from './health.ts';
import { canAnswer, parseAccept } from './media-types.ts';

/** Of a URL in the draft profile; RFC 9110 wants at least this much. With all headers, Node takes 16 KiB. */
const MAX_TARGET_LENGTH = 8_000;

/** Refuses what cannot be answered before anything runs; true: it did. */
export function refuseAsSent(request: IncomingMessage, response: ServerResponse, profile: HttpProfile): boolean {
  if (refuseSingleMode(request, response)) return true;
  const ranges = parseAccept(request.headers.accept ?? '*/*');
  if (!canAnswer(ranges)) {
    const text = 'Answers are application/graphql-response+json or application/json, streams are text/event-stream.\n';
    answer(response, { status: 406, text });
    return true;
  }
  // Yoga takes the first that it knows, without weighing them.
  request.headers.accept = ranges
    .filter(({ weight }) => weight > 0)
    .map(({ range, weight }) => `${range};q=${weight}`)
    .join(', ');
  if (profile === 'default' || (request.url ?? '').length <= MAX_TARGET_LENGTH) return false;
  answer(response, { status: 414, text: `The URL is longer than ${MAX_TARGET_LENGTH} characters. Use POST.\n` });
  return true;
}

/** graphql-sse's single connection mode reserves a stream by PUT; its operations would come without a request of their own. */
function refuseSingleMode({ method }: IncomingMessage, response: ServerResponse): boolean {
  if (method !== 'PUT' && method !== 'DELETE') return false;
  const text =
    'Streams of server-sent events are in distinct connections mode here: one request for each (POST or GET).\n';
  response.setHeader('allow', 'GET, POST');
  answer(response, { status: 405, text });
  return true;
}
