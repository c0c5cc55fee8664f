import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import type { HostPort } from '../core/host-port.ts';
import { ok, type Result } from '../core/result.ts';
import { isPublicUnicast, isSameHostPort, reachesListener } from './address-rules.ts';
import { fail, type EgressFailure } from './failure.ts';
import type { ResolveName } from './name-lookups.ts';
import type { Target } from './target.ts';

/** The system's resolver, with its hosts file. */
export const resolveBySystem: ResolveName = async (hostname) => {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address }) => address);
};

export interface AddressPolicy {
  /** Private or loopback places that the operator allows by name. */
  readonly allowPrivate: readonly HostPort[];
  /** The product's own listeners, database and Redis: refused always. */
  readonly refused: readonly HostPort[];
  readonly resolveName: ResolveName;
}

/**
 * Resolves the host once; the connection goes to one of these very addresses, so that a second answer of the name server
 * cannot lead elsewhere. One address that is not allowed refuses the whole name.
 */
export async function resolveTarget(
  target: Target,
  policy: AddressPolicy,
): Promise<Result<readonly string[], EgressFailure>> {
  const { host, port } = target;
  let addresses: readonly string[];
  try {
    addresses = isIP(host) === 0 ? await policy.resolveName(host) : [host];
  } catch (error) {
    return fail(
      'connectFailed',
      `The name ${host} could not be resolved: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (addresses.length === 0) return fail('connectFailed', `The name ${host} has no address.`);
  const local = Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map((entry) => entry.address));
  const refused = await withAddresses(policy, port);
  const privateAllowed = policy.allowPrivate.some((allowed) => isSameHostPort(allowed, target));
  for (const address of addresses) {
    if (reachesListener({ hostname: host, address, port }, refused, local)) {
      return fail('addressRefused', `${host}:${port} leads to a listener of this system, which no tool may reach.`);
    }
    if (!privateAllowed && !isPublicUnicast(address)) {
      return fail('addressRefused', `${host} leads to ${address}, which is no public address.`);
    }
  }
  return ok(addresses);
}

/**
 * The refused listeners of a port, those with a name by their addresses too: the database must not be reached by another
 * of its names. One that cannot be resolved now cannot be reached by that name either.
 */
async function withAddresses({ refused, resolveName }: AddressPolicy, port: number): Promise<readonly HostPort[]> {
  const concerned = refused.filter((listener) => listener.port === port);
  const resolved = concerned.map(async ({ host }): Promise<readonly HostPort[]> => {
    if (isIP(host) !== 0) return [];
    const addresses = await resolveName(host).catch(() => []);
    return addresses.map((address) => ({ host: address, port }));
  });
  return [...concerned, ...(await Promise.all(resolved)).flat()];
}
