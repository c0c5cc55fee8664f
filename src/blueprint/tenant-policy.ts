import { z } from 'zod';
import { formatHostPort, HOST_PORT_FORM, parseHostPort } from '../core/host-port.ts';
import type { TenantId } from '../core/ids.ts';
import { GrantName, sortedSet } from './grants.ts';

const Host = z
  .string()
  .max(280)
  .refine((text) => parseHostPort(text) !== undefined, { message: `It must be ${HOST_PORT_FORM}.` });

/** A header that a secret may be filled into, in lower case. */
const HeaderName = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'It must be the name of an HTTP header, such as authorization.')
  .toLowerCase();

export const MAX_POLICY_HOSTS = 1_000;
export const MAX_POLICY_NAMES = 100;
const MAX_SECRET_HOSTS = 32;

/** A secret, bound to where and how it may be sent. */
export const SecretRule = z.strictObject({
  name: GrantName,
  hosts: z.array(Host).max(MAX_SECRET_HOSTS),
  header: HeaderName.default('authorization'),
  /** True: tools that declare it and nodes that ask for it may have the plain text. */
  reveal: z.boolean().default(false),
});
export type SecretRule = z.infer<typeof SecretRule>;

/** What the nodes of a tenant may be granted: nothing that is not named here. */
export const TenantPolicy = z
  .strictObject({
    hosts: z.array(Host).max(MAX_POLICY_HOSTS).default([]),
    folders: z.array(GrantName).max(MAX_POLICY_NAMES).default([]),
    secrets: z.array(SecretRule).max(MAX_POLICY_NAMES).default([]),
  })
  .superRefine(({ secrets }, context) => {
    for (const [at, { name }] of secrets.entries()) {
      if (secrets.findIndex((other) => other.name === name) === at) continue;
      context.addIssue({
        code: 'custom',
        path: ['secrets', at, 'name'],
        message: `The secret "${name}" stands here twice. Write one entry with all its hosts.`,
      });
    }
  });
export type TenantPolicy = z.infer<typeof TenantPolicy>;

/** A policy as it is kept. `version` counts its changes; 0: nobody has changed it yet, and it allows nothing. */
export interface PolicyRecord {
  readonly tenant: TenantId;
  readonly version: number;
  readonly policy: TenantPolicy;
  /** Undefined at version 0. */
  readonly updatedAt: number | undefined;
  readonly updatedBy: string | undefined;
}

/** Someone else has changed the policy since the client read it. */
export interface PolicyVersionConflict {
  readonly kind: 'PolicyVersionConflict';
  readonly message: string;
  readonly expectedVersion: number;
  readonly actualVersion: number;
  readonly current: PolicyRecord;
}

export const EMPTY_POLICY: TenantPolicy = { hosts: [], folders: [], secrets: [] };

/** The form in which two policies of the same meaning are the same: sorted sets. */
export const canonicalPolicy = ({ hosts, folders, secrets }: TenantPolicy): TenantPolicy => ({
  hosts: [...hostSet(hosts)],
  folders: [...sortedSet(folders)],
  secrets: secrets
    .map(({ name, hosts: bound, header, reveal }) => ({ name, hosts: [...hostSet(bound)], header, reveal }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
});

const hostSet = (hosts: readonly string[]): readonly string[] =>
  sortedSet(
    hosts.map((text) => {
      const place = parseHostPort(text);
      return place === undefined ? text : formatHostPort(place);
    }),
  );
