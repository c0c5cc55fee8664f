import type { NotFoundError } from '../core/errors.ts';
import type { ApiKeyId } from '../core/ids.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { CredentialStore } from '../store/credential-store.ts';
import { noApiKey, toApiKey, type ApiKey } from './api-key.ts';
import { auditOf } from './audit.ts';
import { createCreateApiKey, type CreateApiKey } from './create-api-key.ts';
import type { Page, PageArguments } from './page.ts';
import { createRotateApiKey, type RotateApiKey, type RotateApiKeyDeps } from './rotate-api-key.ts';
import { requireScope, type Viewer } from './viewer.ts';

/** What a client may ask for about the API keys of its tenant; all of it needs the scope `keys`. */
export interface ApiKeyUseCases {
  /** Newest first, those that are void too. */
  listApiKeys(viewer: Viewer, page: PageArguments<ApiKeyId>): Promise<Page<ApiKey>>;
  getApiKeys(viewer: Viewer, ids: readonly ApiKeyId[]): Promise<readonly (ApiKey | undefined)[]>;
  readonly createApiKey: CreateApiKey;
  readonly rotateApiKey: RotateApiKey;
  /** Voids a key now. Twice is once. */
  revokeApiKey(viewer: Viewer, id: ApiKeyId): Promise<Result<ApiKey, NotFoundError>>;
}

/** Makes all of them with the same surroundings. */
export const createApiKeyUseCases = (deps: RotateApiKeyDeps): ApiKeyUseCases => ({
  ...createApiKeyReader(deps.credentials),
  createApiKey: createCreateApiKey(deps),
  rotateApiKey: createRotateApiKey(deps),
  async revokeApiKey(viewer, id) {
    requireScope(viewer, 'keys');
    const at = deps.clock.now();
    const audit = auditOf(viewer, 'revokeApiKey', { at, nounId: id, fields: ['revokedAt'] });
    const revoked = await deps.credentials.revokeApiKey({ tenant: viewer.tenant, id, at, audit });
    return revoked === undefined ? err(noApiKey(id)) : ok(toApiKey(revoked));
  },
});

const createApiKeyReader = (credentials: CredentialStore): Pick<ApiKeyUseCases, 'listApiKeys' | 'getApiKeys'> => ({
  async listApiKeys(viewer, page) {
    requireScope(viewer, 'keys');
    const { items, ...rest } = await credentials.listApiKeys(viewer.tenant, page);
    return { items: items.map(toApiKey), ...rest };
  },
  async getApiKeys(viewer, ids) {
    requireScope(viewer, 'keys');
    const found = await credentials.getApiKeys(viewer.tenant, ids);
    return found.map((record) => record && toApiKey(record));
  },
});
