import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { ok, type Result } from '../core/result.ts';
import { KIB } from '../core/units.ts';
import { fail, type EgressFailure } from './failure.ts';
import { readBody, type Body } from './read-body.ts';
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
}

export interface Exchange extends Body {
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
    const body = await readBody(message, { maxBytes: settings.maxResponseBytes, isHead: request.method === 'HEAD' });
    if (!body.ok) return body;
    const { status, headers, location } = {
      status: message.statusCode ?? 0,
      headers: flatten(message.headers),
      location: message.headers.location,
    };
    return ok({ ...body.value, status, headers, location });
  } catch (error) {
    if (signal.aborted) throw error;
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof TypeError) return fail('invalidRequest', text);
    return fail('connectFailed', `${target.host}:${target.port} could not be asked: ${text}`);
  }
}

function send({ target, addresses, request, trusted, signal }: ExchangeSettings): Promise<http.IncomingMessage> {
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

function flatten(headers: http.IncomingHttpHeaders): Record<string, string> {
  const flat: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat.push([name, Array.isArray(value) ? value.join(', ') : value]);
  }
  return Object.fromEntries(flat);
}
