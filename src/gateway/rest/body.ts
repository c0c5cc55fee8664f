import type { IncomingMessage } from 'node:http';
import { RefusedError } from './refused.ts';

/** Which types of body a route takes, and whether it must have one. */
export interface BodyRule {
  readonly types: readonly string[];
  readonly required: boolean;
}

/** The body as text; empty where there is none and none is needed. */
export async function readBody(request: IncomingMessage, rule: BodyRule, maxBytes: number): Promise<string> {
  const { headers } = request;
  if (headers['content-encoding'] !== undefined) {
    throw new RefusedError('UNSUPPORTED_MEDIA_TYPE', 'Send the body without Content-Encoding.');
  }
  const bytes = await readBytes(request, maxBytes);
  if (bytes.length === 0 && !rule.required) return '';
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!rule.types.includes(type)) {
    const said = type === '' ? 'Your request has no Content-Type' : `Your Content-Type is ${type}`;
    const accepted = rule.types.join(', ');
    throw new RefusedError('UNSUPPORTED_MEDIA_TYPE', `${said}; this takes ${accepted}.`, {
      headers: { [request.method === 'PATCH' ? 'accept-patch' : 'accept']: accepted },
    });
  }
  if (bytes.length === 0) throw new RefusedError('BAD_REQUEST', 'The body is empty.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RefusedError('BAD_REQUEST', 'The body is not UTF-8.');
  }
}

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let length = 0;
  // The rest of what is refused is read and forgotten by Node: to cut the connection would lose the answer.
  const stream: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  try {
    for await (const chunk of stream) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    throw new RefusedError('BAD_REQUEST', 'The body broke off.');
  }
  return Buffer.concat(chunks);
}

const tooLarge = (maxBytes: number): RefusedError =>
  new RefusedError('TOO_LARGE', `The body is larger than ${maxBytes} bytes (ICEOS_MAX_BODY_BYTES).`);
