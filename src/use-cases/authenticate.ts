import { timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import { ApiKeyId, TenantId } from '../core/ids.ts';
import { MINUTE_MS } from '../core/units.ts';
import type { ApiKeyRecord, CredentialStore } from '../store/credential-store.ts';
import { hashSecret, parseApiKey } from './api-key-text.ts';
import { isUsable } from './api-key.ts';
import { isScope, type Viewer } from './viewer.ts';

/** A credential, named without its secret, so that it can be looked at again. */
export const CredentialName = z.discriminatedUnion('type', [
  z.object({ type: z.literal('apiKey'), id: ApiKeyId }),
  z.object({
    type: z.literal('token'),
    tenant: TenantId,
    subject: z.string(),
    jti: z.string().optional(),
    expiresAt: z.number(),
  }),
]);
export type CredentialName = z.infer<typeof CredentialName>;

/** Who a credential stands for, and until when. */
export interface Session {
  readonly viewer: Viewer;
  /** What it stands on. */
  readonly credential: CredentialName | { readonly type: 'ticket' };
  /** When it ends by itself; undefined: it does not. */
  readonly expiresAt: number | undefined;
  /** False as soon as the credential has expired or was revoked. */
  isValid(): Promise<boolean>;
}

/** Finds who a credential stands for. Undefined: nobody; why is not said, so that nothing can be learnt from it. */
export type Authenticate = (credential: string) => Promise<Session | undefined>;

/** API keys: looked up by id, compared by hash in constant time. */
export function createAuthenticate(deps: {
  readonly credentials: CredentialStore;
  readonly clock: Clock;
}): Authenticate {
  const markUsed = createUseMarker(deps);
  const isValid = createIsApiKeyValid(deps);

  return async (credential) => {
    const key = parseApiKey(credential);
    if (key === undefined) return undefined;
    const record = await deps.credentials.getApiKey(key.id);
    // Hashed before it is known whether there is such a key: the time it takes says nothing.
    const hash = hashSecret(key.secret);
    if (record === undefined || !timingSafeEqual(hash, record.secretHash)) return undefined;
    if (!isUsable(record, deps.clock.now())) return undefined;
    await markUsed(record.id);
    return {
      viewer: {
        ...{ tenant: record.tenant, subject: record.name, scopes: new Set(record.scopes.filter(isScope)) },
        credential: { kind: 'apiKey', id: record.id },
      },
      credential: { type: 'apiKey', id: record.id },
      expiresAt: record.expiresAt,
      // By its own end first: that needs no database.
      isValid: async () => (record.expiresAt ?? Infinity) > deps.clock.now() && (await isValid(key.id)),
    };
  };
}

const MAX_LOOKS = 1_000;
/** With the half second between two asks of a stream, a revocation is seen within a second. */
const LOOK_MS = 250;

/** Every open stream asks twice a second: those of one key share a look. */
export function createIsApiKeyValid({
  credentials,
  clock,
}: {
  readonly credentials: CredentialStore;
  readonly clock: Clock;
}): (id: ApiKeyId) => Promise<boolean> {
  const looks = new LRUCache<ApiKeyId, { readonly atMs: number; readonly record: Promise<ApiKeyRecord | undefined> }>({
    max: MAX_LOOKS,
  });
  const look = async (id: ApiKeyId): Promise<ApiKeyRecord | undefined> => {
    const atMs = clock.monotonicMs();
    const last = looks.get(id);
    if (last !== undefined && atMs - last.atMs < LOOK_MS) return last.record;
    const next = { atMs, record: credentials.getApiKey(id) };
    looks.set(id, next);
    return next.record;
  };
  return async (id) => {
    const record = await look(id);
    return record !== undefined && isUsable(record, clock.now());
  };
}

/** The store writes at most once a minute for each key; this saves the statement too. */
function createUseMarker({
  credentials,
  clock,
}: {
  readonly credentials: CredentialStore;
  readonly clock: Clock;
}): (id: ApiKeyId) => Promise<void> {
  const markedAt = new Map<ApiKeyId, number>();
  return async (id) => {
    const now = clock.now();
    const last = markedAt.get(id);
    if (last !== undefined && now - last < MINUTE_MS) return;
    markedAt.set(id, now);
    await credentials.markUsed(id, now);
  };
}
