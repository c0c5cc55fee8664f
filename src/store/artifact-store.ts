import type { TenantId } from '../core/ids.ts';

/** Values that are too large for an event, by the SHA-256 of their bytes. At most 16 MiB each. */
export interface ArtifactStore {
  /** Committed when it resolves; the same bytes twice are one row. */
  put(tenant: TenantId, digest: string, bytes: Uint8Array): Promise<void>;
  get(tenant: TenantId, digest: string): Promise<Uint8Array | undefined>;
}
