import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { HostPort } from '../core/host-port.ts';

/** Lower case, without the brackets of IPv6 and without the dot of a fully qualified name. */
export function canonicalHost(host: string): string {
  const bare = host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
  return ipaddr.isValid(bare) ? ipaddr.parse(bare).toNormalizedString() : bare;
}

/** Where a URL leads; undefined for one that is not of HTTP. */
export function placeOf(text: string): HostPort | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return undefined;
  return { host: canonicalHost(hostname), port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port) };
}

/** True when both name the same place. */
export const isSameHostPort = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && canonicalHost(a.host) === canonicalHost(b.host);

const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
const SIX_TO_FOUR = ipaddr.IPv6.parseCIDR('2002::/16');
const IPV4_COMPATIBLE = ipaddr.IPv6.parseCIDR('::/96');
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** The IPv4 address that an IPv6 address leads to, whatever the way in which it is wrapped. */
function embeddedIpv4(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const bytes = address.toByteArray();
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  if (address.match(NAT64) || address.range() === 'rfc6145') return new ipaddr.IPv4(bytes.slice(12));
  if (address.match(SIX_TO_FOUR)) return new ipaddr.IPv4(bytes.slice(2, 6));
  if (address.match(IPV4_COMPATIBLE)) return new ipaddr.IPv4(bytes.slice(12));
  return undefined;
}

/** True for an address that any machine on the internet may own: not loopback, private, link-local, shared or reserved. */
export function isPublicUnicast(text: string): boolean {
  // Strict: the package also reads 1.2.3 and 0x7f.1, which resolvers read in different ways.
  if (isIP(text) === 0) return false;
  const address = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv4) return address.range() === 'unicast';
  const inner = embeddedIpv4(address);
  if (inner !== undefined) return inner.range() === 'unicast';
  return address.match(GLOBAL_UNICAST) && address.range() === 'unicast';
}

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::', 'localhost']);

/** True when a connection to this address and port would reach one of the listeners (the product's own, its database ...). */
export function reachesListener(
  target: { readonly hostname: string; readonly address: string; readonly port: number },
  listeners: readonly HostPort[],
  localAddresses: readonly string[],
): boolean {
  const address = unmapped(target.address);
  const isLocal =
    isLoopback(address) || localAddresses.some((local) => unmapped(local) === address) || WILDCARDS.has(address);
  return listeners.some(({ host, port }) => {
    if (port !== target.port) return false;
    const listener = canonicalHost(host);
    if (listener === canonicalHost(target.hostname) || unmapped(listener) === address) return true;
    return isLocal && (WILDCARDS.has(listener) || isLoopback(listener));
  });
}

const isLoopback = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';

const unmapped = (address: string): string =>
  ipaddr.isValid(address) ? ipaddr.process(address).toNormalizedString() : address;
