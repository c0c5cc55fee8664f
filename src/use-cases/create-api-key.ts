import type { Clock } from '../core/clock.ts';
import { ApiKeyId, DEFAULT_TENANT, type TenantId } from '../core/ids.ts';
import type { ApiKeyRecord, CredentialStore } from '../store/credential-store.ts';
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
    const { key, record } = makeKey(deps, { ...input, tenant: viewer.tenant });
    await deps.credentials.insertApiKey(record);
    return { id: record.id, key };
  };

/**
 * Keeps the text of a first key before the store has it: a crash between leaves an unused text, not a store that nobody
 * can open. Answers with what to do once it is known whether it became the first key, or another start's did.
 */
export type KeepKey = (key: string) => Promise<(isFirst: boolean) => Promise<void>>;

/** On a store without any key: makes the first one, with all scopes. Undefined when there is a key already. */
export const createEnsureFirstApiKey =
  (deps: ApiKeyDeps) =>
  async (keep?: KeepKey): Promise<NewApiKey | undefined> => {
    if (!(await deps.credentials.isEmpty())) return undefined;
    const made = makeKey(deps, { tenant: DEFAULT_TENANT, name: 'first', scopes: SCOPES, expiresAt: undefined });
    const settle = await keep?.(made.key);
    const isFirst = await deps.credentials.insertFirstApiKey(made.record);
    await settle?.(isFirst);
    return isFirst ? { id: made.record.id, key: made.key } : undefined;
  };

function makeKey(
  { newId, clock }: ApiKeyDeps,
  { tenant, name, scopes, expiresAt }: CreateApiKeyInput & { readonly tenant: TenantId },
): { readonly key: string; readonly record: ApiKeyRecord } {
  const id = ApiKeyId.parse(newId());
  const secret = newSecret();
  const secretHash = hashSecret(secret);
  const createdAt = clock.now();
  return {
    key: formatApiKey({ id, secret }),
    record: { id, tenant, name, secretHash, scopes: [...scopes], createdAt, expiresAt, revokedAt: undefined },
  };
}
