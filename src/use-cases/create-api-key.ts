import type { Clock } from '../core/clock.ts';
import { ApiKeyId, DEFAULT_TENANT, type TenantId } from '../core/ids.ts';
import type { CredentialStore } from '../store/credential-store.ts';
import { formatApiKey, hashSecret, newSecret } from './api-key-text.ts';
import { requireScope, SCOPES, type Viewer, type ViewerScope } from './viewer.ts';

interface ApiKeyDeps {
  readonly credentials: CredentialStore;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** A new key. Its text exists here alone: only the hash of its secret is stored. */
export interface NewApiKey {
  readonly id: ApiKeyId;
  readonly key: string;
}

/** What a new key shall be. */
export interface CreateApiKeyInput {
  /** Stands in revisions and events as the author. */
  readonly name: string;
  readonly scopes: readonly ViewerScope[];
  readonly expiresAt: number | undefined;
}

/** Makes a key for the viewer's tenant. A viewer cannot give scopes that it lacks. */
export const createCreateApiKey =
  (deps: ApiKeyDeps) =>
  async (viewer: Viewer, input: CreateApiKeyInput): Promise<NewApiKey> => {
    for (const scope of input.scopes) requireScope(viewer, scope);
    return insertKey(deps, { ...input, tenant: viewer.tenant });
  };

/**
 * On a store without any key: makes the first one, with all scopes. Undefined when there is a key already.
 * `keep` has the key before the store does: a crash between leaves an unused text, not a store that nobody can open.
 */
export const createEnsureFirstApiKey =
  (deps: ApiKeyDeps) =>
  async (keep?: (key: string) => Promise<void>): Promise<NewApiKey | undefined> => {
    if (!(await deps.credentials.isEmpty())) return undefined;
    return insertKey(deps, { tenant: DEFAULT_TENANT, name: 'first', scopes: SCOPES, expiresAt: undefined, keep });
  };

interface KeyToInsert extends CreateApiKeyInput {
  readonly tenant: TenantId;
  readonly keep?: ((key: string) => Promise<void>) | undefined;
}

async function insertKey(deps: ApiKeyDeps, { tenant, keep, ...input }: KeyToInsert): Promise<NewApiKey> {
  const id = ApiKeyId.parse(deps.newId());
  const secret = newSecret();
  const key = formatApiKey({ id, secret });
  await keep?.(key);
  await deps.credentials.insertApiKey({
    id,
    tenant,
    name: input.name,
    secretHash: hashSecret(secret),
    scopes: [...input.scopes],
    createdAt: deps.clock.now(),
    expiresAt: input.expiresAt,
    revokedAt: undefined,
  });
  return { id, key };
}
