import { formatHostPort, type HostPort } from '../core/host-port.ts';

/** Something outside that a call may reach through the broker. */
export type Grant =
  /** A folder that the operator named in the configuration; `path` is absolute and real. */
  | { readonly kind: 'folder'; readonly name: string; readonly path: string }
  | { readonly kind: 'host'; readonly host: string; readonly port: number }
  /** The broker fills it into this header of a request to one of these hosts; the worker never has it. */
  | ({ readonly kind: 'secret'; readonly hosts: readonly HostPort[]; readonly header: string } & SecretGrant)
  /** The tool may ask for its plain text; `onReveal` is done before it gets it. */
  | ({ readonly kind: 'reveal'; readonly onReveal?: (signal: AbortSignal) => Promise<void> } & SecretGrant);

interface SecretGrant {
  readonly name: string;
  /** The value; undefined when this server has none. A function, so that no log and no JSON of a grant can hold it. */
  readonly read: () => string | undefined;
}

/** A grant as receipts and messages show it: `host api.example.com:443`, `folder reports`, `secret token`. */
export const describeGrant = (grant: Grant): string =>
  grant.kind === 'host' ? `host ${formatHostPort(grant)}` : `${grant.kind} ${grant.name}`;

/** The values of the secrets that a call is granted: what must not appear in what it says. */
export const secretValues = (grants: readonly Grant[]): readonly string[] => [
  ...new Set(grants.flatMap((grant) => ('read' in grant ? (grant.read() ?? []) : []))),
];
