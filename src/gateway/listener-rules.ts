import type { IncomingMessage } from 'node:http';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** Which names and pages may reach this listener: a web page must not, however it makes the browser resolve a name. */
export interface ListenerRules {
  /** False: the request names a host that this server does not go by; it gets 421. */
  isOurHost(request: IncomingMessage): boolean;
  /** False: a page of another site opens the socket. Programs send no Origin. */
  isOurOrigin(request: IncomingMessage): boolean;
}

interface Listener {
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** The address that it is bound to. */
  readonly host: string;
}

/** Loopback names are always ours; `*` in the list allows every name, for listeners behind a proxy that checks. */
export function createListenerRules({ allowedHosts, allowedOrigins, host: bound }: Listener): ListenerRules {
  const names = new Set([...LOOPBACK_NAMES, bracketed(bound), ...allowedHosts.map((host) => host.toLowerCase())]);
  const isOurs = (name: string | undefined): boolean => name !== undefined && (names.has('*') || names.has(name));
  return {
    isOurHost: ({ headers }) => isOurs(hostName(`http://${headers.host ?? ''}`)),
    isOurOrigin: ({ headers }) =>
      headers.origin === undefined || allowedOrigins.includes(headers.origin) || isOurs(hostName(headers.origin)),
  };
}

/** True for the address of a peer on this machine. */
export const isLoopbackPeer = (address: string | undefined): boolean =>
  address === '::1' || /^(::ffff:)?127\./.test(address ?? '');

const bracketed = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

function hostName(url: string): string | undefined {
  // URL.canParse guards the constructor, which throws.
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined;
}
