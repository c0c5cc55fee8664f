import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { ok, type Result } from '../core/result.ts';
import { KIB } from '../core/units.ts';
import { fail, type EgressFailure } from './failure.ts';
import { readBody } from './read-body.ts';
import type { Redirectable } from './redirects.ts';
import type { Target } from './target.ts';

/** Headers that the connection itself decides. */
const OWN_HEADERS: ReadonlySet<string> = new Set(
  'host connection keep-alive content-length transfer-encoding te trailer upgrade expect proxy-connection proxy-authorization'.split(
    ' ',
  ),
);
const MAX_HEADER_BYTES = 32 * KIB;

export interface ExchangeSettings {
  readonly target: Target;
  readonly addresses: readonly string[];
  readonly request: Redirectable;
  readonly maxResponseBytes: number;
  /** PEM certificates that are trusted beside the system's. */
  readonly trusted: readonly string[];
  readonly signal: AbortSignal;
  readonly onSent: (bytes: number) => void;
  /** False: the caller takes no more. */
  readonly onReceived: (bytes: number) => boolean | Promise<boolean>;
}

export interface Exchange {
  readonly body: Buffer;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly location: string | undefined;
}

/** One request and its answer over a connection of its own, to one of the addresses that were checked. */
export async function exchange(settings: ExchangeSettings): Promise<Result<Exchange, EgressFailure>> {
  const { target, request, signal } = settings;
  const own = Object.keys(request.headers).find((name) => OWN_HEADERS.has(name.toLowerCase()));
  if (own !== undefined) return fail('invalidRequest', `The header ${own} is set by the connection.`);
  try {
    const message = await send(settings);
    const { onReceived } = settings;
    await onReceived(headerBytes(message.rawHeaders));
    const isHead = request.method === 'HEAD';
    const body = await readBody(message, { maxBytes: settings.maxResponseBytes, isHead, onReceived });
    if (!body.ok) return body;
    const { statusCode: status = 0, headers } = message;
    return ok({ body: body.value, status, headers: flatten(headers), location: headers.location });
  } catch (error) {
    if (signal.aborted) throw error;
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof TypeError) return fail('invalidRequest', text);
    return fail('connectFailed', `${target.host}:${target.port} could not be asked: ${text}`);
  }
}

function send({
  target,
  addresses,
  request,
  trusted,
  signal,
  onSent,
}: ExchangeSettings): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options: https.RequestOptions = {
      method: request.method,
      host: target.host,
      port: target.port,
      path: `${target.url.pathname}${target.url.search}`,
      headers: {
        'accept-encoding': 'gzip, deflate, br',
        'user-agent': 'iceos',
        ...request.headers,
        host: target.url.host,
      },
      lookup: pinned(addresses),
      // An agent of its own: no connection is shared between callers, and no proxy of the environment applies.
      agent: target.secure ? new https.Agent({ keepAlive: false }) : new http.Agent({ keepAlive: false }),
      maxHeaderSize: MAX_HEADER_BYTES,
      signal,
    };
    const tls = {
      ...options,
      rejectUnauthorized: true,
      ...(isIP(target.host) === 0 && { servername: target.host }),
      ...(trusted.length > 0 && { ca: [...trusted] }),
    };
    const outgoing = target.secure ? https.request(tls) : http.request(options);
    onSent(sentBytes(outgoing, request.body));
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    outgoing.end(request.body);
  });
}

/** Answers with the addresses that were checked, whatever the name server says by now. */
function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (hostname, options, callback) => {
    const [first] = all;
    if (first === undefined) callback(new Error(`no address for ${hostname}`), '', 0);
    else if (options.all === true) callback(null, all);
    else callback(null, first.address, first.family);
  };
}

/** Request line, headers and body. */
function sentBytes(outgoing: http.ClientRequest, body: Buffer | undefined): number {
  const headers = Object.entries(outgoing.getHeaders()).flatMap(([name, value]) => [name, String(value)]);
  return outgoing.method.length + outgoing.path.length + headerBytes(headers) + (body?.length ?? 0);
}

/** Names and values one after the other, each line with its colon, space and line break. */
const headerBytes = (raw: readonly string[]): number =>
  raw.reduce((bytes, text) => bytes + Buffer.byteLength(text, 'latin1') + 2, 0);

function flatten(headers: http.IncomingHttpHeaders): Record<string, string> {
  const flat: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat.push([name, Array.isArray(value) ? value.join(', ') : value]);
  }
  return Object.fromEntries(flat);
}
