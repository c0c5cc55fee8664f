import type { InvalidInputError, NotFoundError } from '../core/errors.ts';
import type { Issue } from '../core/issue.ts';
import type { ApiKeyRecord } from '../store/credential-store.ts';

/** An API key as clients see it: nothing of its secret. */
export type ApiKey = Omit<ApiKeyRecord, 'secretHash'>;

/** A new key. Its text exists here alone: only the hash of its secret is stored. */
export interface NewApiKey {
  readonly apiKey: ApiKey;
  readonly key: string;
}

export const toApiKey = (record: ApiKeyRecord): ApiKey => {
  const { id, tenant, name, scopes, createdAt, expiresAt, revokedAt, usedAt } = record;
  return { id, tenant, name, scopes, createdAt, expiresAt, revokedAt, usedAt };
};

/** False from the moment on at which a key expires or was revoked. */
export const isUsable = ({ revokedAt, expiresAt }: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, now: number): boolean =>
  (revokedAt === undefined || revokedAt > now) && (expiresAt === undefined || expiresAt > now);

/** The answer for a key that does not exist, or is another tenant's: nobody can tell which. */
export const noApiKey = (id: string): NotFoundError => ({
  kind: 'NotFoundError',
  message: `There is no API key with the ID "${id}" that you may see.`,
  id,
});

export const invalidKey = (issues: readonly Issue[]): InvalidInputError => ({
  kind: 'InvalidInputError',
  message: `No API key was made: ${issues.map(({ message }) => message).join(' ')}`,
  issues,
});

/** A tenant has as many as it may. */
export const tooManyKeys = (maxKeys: number): InvalidInputError =>
  invalidKey([
    {
      rule: 'max-api-keys',
      path: '',
      message: `Your tenant has ${maxKeys} valid API keys, the most that it may have (ICEOS_MAX_API_KEYS). Revoke one first.`,
    },
  ]);
