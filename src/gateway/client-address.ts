import type { IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Under which name the machine that asks is counted: an IPv4 address, or the /64 that one customer has of IPv6. */
export type ClientAddress = (request: AddressedRequest) => string;

/** What is read of a request to find out where it comes from. */
export interface AddressedRequest extends Pick<IncomingMessage, 'headers'> {
  readonly socket: Pick<Socket, 'remoteAddress'>;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
const NETWORK_BYTES = 8;

/**
 * Each proxy writes down, to the right, from whom it has a request. So what stands there is believed from the right on, as
 * long as the one who wrote it is a proxy of the list; anything further left a client can have made up.
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const trusted = trustedProxies.map(toRange);
  const isTrusted = (address: Address): boolean => ipaddr.subnetMatch(address, { trusted }, 'other') === 'trusted';

  function before(peer: Address, hops: readonly string[]): Address {
    let client = peer;
    for (const hop of hops.toReversed()) {
      if (!isTrusted(client)) break;
      const next = parseAddress(hop);
      if (next === undefined) break;
      client = next;
    }
    return client;
  }

  return ({ headers, socket }) => {
    const peer = parseAddress(socket.remoteAddress ?? '');
    if (peer === undefined) return 'unknown';
    const byList = headers['x-forwarded-for'];
    const clients = [
      ...(byList === undefined ? [] : [String(byList).split(',')]),
      ...(headers.forwarded === undefined ? [] : [headers.forwarded.split(',').map(forOf)]),
    ].map((hops) => nameOf(before(peer, hops)));
    const [client = nameOf(peer), other = client] = clients;
    // A proxy writes one of the two headers and may hand on the other as it came: when they differ, neither is believed.
    return client === other ? client : nameOf(peer);
  };
}

/** The node of one element of `Forwarded` (RFC 7239); empty where there is none. */
const forOf = (element: string): string => /(?:^|;)\s*for="?([^";]*)"?\s*(?:;|$)/i.exec(element)?.[1] ?? '';

/** With or without a port, as some proxies write it. */
function parseAddress(text: string): Address | undefined {
  const trimmed = text.trim();
  const bare =
    /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  // Strict: the package also reads 1.2.3 and 0x7f.1.
  return isIP(bare) === 0 ? undefined : ipaddr.process(bare);
}

function toRange(text: string): [ipaddr.IPv4, number] | [ipaddr.IPv6, number] {
  const [address, bits] = ipaddr.parseCIDR(text);
  if (address instanceof ipaddr.IPv4) return [address, bits];
  // As the addresses that are held against it.
  return address.isIPv4MappedAddress() && bits >= 96 ? [address.toIPv4Address(), bits - 96] : [address, bits];
}

const nameOf = (address: Address): string =>
  address instanceof ipaddr.IPv4
    ? address.toString()
    : `${new ipaddr.IPv6([...address.toByteArray().slice(0, NETWORK_BYTES), ...Array<number>(NETWORK_BYTES).fill(0)]).toString()}/64`;
