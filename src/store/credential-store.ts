import type { ApiKeyId, TenantId } from '../core/ids.ts';

export interface ApiKeyRecord {
  readonly id: ApiKeyId;
  readonly tenant: TenantId;
  readonly name: string;
  /** SHA-256 of the secret part. */
  readonly secretHash: Uint8Array;
  readonly scopes: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly revokedAt: number | undefined;
}

export interface CredentialStore {
  isEmpty(): Promise<boolean>;
  insertApiKey(record: ApiKeyRecord): Promise<void>;
  getApiKey(id: ApiKeyId): Promise<ApiKeyRecord | undefined>;
  /** At most once a minute for each key. */
  markUsed(id: ApiKeyId, at: number): Promise<void>;
}
