import { parseHostPort, type HostPort } from '../core/host-port.ts';
import { canonicalGrantHost, GRANT_KINDS, grantLists, type GrantLists, type GrantsSpec } from '../blueprint/grants.ts';
import type { TenantPolicy } from '../blueprint/tenant-policy.ts';
import type { ToolGrants } from './tool.ts';

/** What one call may reach: the least of what its tool declares, its node asks for and its tenant's policy allows. */
export interface EffectiveGrants {
  readonly hosts: readonly HostPort[];
  /** The operator's names. */
  readonly folders: readonly string[];
  readonly secrets: readonly EffectiveSecret[];
  /** Secrets whose plain text the tool gets. */
  readonly reveal: readonly string[];
}

/** A secret that the broker may fill into this header of a request to one of these places. */
export interface EffectiveSecret {
  readonly name: string;
  readonly hosts: readonly HostPort[];
  readonly header: string;
}

export interface GrantSides {
  readonly declared: ToolGrants | undefined;
  readonly asked: GrantsSpec | undefined;
  readonly policy: TenantPolicy;
}

/** Cuts the three sides with each other; what one of them does not name is not granted. */
export function effectiveGrants({ declared, asked, policy }: GrantSides): EffectiveGrants {
  const wanted = declaredPart(declared, asked);
  const hosts = new Set(policy.hosts.map(canonicalGrantHost));
  return {
    hosts: places(wanted.hosts.filter((host) => hosts.has(host))),
    folders: wanted.folders.filter((name) => policy.folders.includes(name)),
    secrets: policy.secrets
      .filter(({ name }) => wanted.secrets.includes(name))
      .map(({ name, header, hosts: bound }) => ({ name, header, hosts: places(bound.map(canonicalGrantHost)) })),
    reveal: wanted.reveal.filter((name) => policy.secrets.some((secret) => secret.name === name && secret.reveal)),
  };
}

/** What a node asks for, of what its tool declares. */
export function declaredPart(declared: ToolGrants | undefined, asked: GrantsSpec | undefined): GrantLists {
  const wanted = grantLists(asked);
  return {
    hosts: wanted.hosts.filter((host) => declares(declared, 'hosts', host)),
    folders: wanted.folders.filter((name) => declares(declared, 'folders', name)),
    secrets: wanted.secrets.filter((name) => declares(declared, 'secrets', name)),
    reveal: wanted.reveal.filter((name) => declares(declared, 'reveal', name)),
  };
}

/** What a node asks for that its tool does not declare, with what the tool does declare of that kind. */
export function undeclaredGrants(
  declared: ToolGrants | undefined,
  asked: GrantsSpec | undefined,
): readonly { readonly kind: keyof GrantLists; readonly name: string; readonly known: readonly string[] }[] {
  const wanted = grantLists(asked);
  return GRANT_KINDS.flatMap((kind) => {
    const side = declared?.[kind];
    const known = Array.isArray(side) ? side : [];
    return wanted[kind].filter((name) => !declares(declared, kind, name)).map((name) => ({ kind, name, known }));
  });
}

function declares(declared: ToolGrants | undefined, kind: keyof GrantLists, name: string): boolean {
  const side = declared?.[kind];
  if (side === undefined) return false;
  return side === true || side.some((each) => (kind === 'hosts' ? canonicalGrantHost(each) : each) === name);
}

const places = (hosts: readonly string[]): readonly HostPort[] => hosts.flatMap((host) => parseHostPort(host) ?? []);
