import { z } from 'zod';
import { formatHostPort, parseHostPort } from '../core/host-port.ts';

/** What the operator and the tenant's policy call a folder or a secret. */
export const GrantName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_-]*$/, 'A name starts with a small letter and goes on with small letters, digits, _ and -.');

/** The most entries of one list. */
export const MAX_GRANTS = 64;

/** `host:port` as it is written; a rule of the compiler says what is wrong with one. */
export const GrantHost = z.string().min(1).max(280);

const names = z.array(GrantName).max(MAX_GRANTS);

/** What a tool node asks for. What it does not ask for it does not get. */
export const GrantsSpec = z.strictObject({
  hosts: z.array(GrantHost).max(MAX_GRANTS).optional().describe('Places that it may call, each `host:port`.'),
  folders: names.optional().describe('Folders that it may read, by the names that the operator gave them.'),
  secrets: names.optional().describe('Secrets that the broker fills into a header, by name.'),
  reveal: names.optional().describe('Secrets whose plain text the tool gets.'),
});
export type GrantsSpec = z.infer<typeof GrantsSpec>;

/** The kinds of grants, in the order in which they are told. */
export const GRANT_KINDS = ['hosts', 'folders', 'secrets', 'reveal'] as const;
export type GrantKind = (typeof GRANT_KINDS)[number];

/** Grants by kind, each a sorted set. */
export type GrantLists = { readonly [K in GrantKind]: readonly string[] };

export const NO_GRANTS: GrantLists = { hosts: [], folders: [], secrets: [], reveal: [] };

/** One text for one place, however it was written; a text that is no place stays as it is. */
export function canonicalGrantHost(text: string): string {
  const place = parseHostPort(text);
  return place === undefined ? text : formatHostPort(place);
}

/** What was asked for, as sorted sets. */
export function grantLists(spec: GrantsSpec | undefined): GrantLists {
  if (spec === undefined) return NO_GRANTS;
  return {
    hosts: sortedSet((spec.hosts ?? []).map(canonicalGrantHost)),
    folders: sortedSet(spec.folders ?? []),
    secrets: sortedSet(spec.secrets ?? []),
    reveal: sortedSet(spec.reveal ?? []),
  };
}

/** True when nothing was asked for. */
export const isEmptyGrants = (lists: GrantLists): boolean => GRANT_KINDS.every((kind) => lists[kind].length === 0);

const SINGULAR: Readonly<Record<GrantKind, string>> = {
  hosts: 'host',
  folders: 'folder',
  secrets: 'secret',
  reveal: 'reveal',
};

/** Grants as texts, as receipts and messages show them: `host api.example.com:443`, `folder reports`, `reveal token`. */
export const describeGrants = (lists: GrantLists): readonly string[] =>
  GRANT_KINDS.flatMap((kind) => lists[kind].map((name) => `${SINGULAR[kind]} ${name}`));

/** Each once, in the order of their code units. */
export const sortedSet = (names: readonly string[]): readonly string[] =>
  [...new Set(names)].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
