import type { TenantId } from '../core/ids.ts';
import { MIB } from '../core/units.ts';
import type { Database } from './database.ts';

/** Most bytes of one artifact. */
export const MAX_ARTIFACT_BYTES = 16 * MIB;

/** Values that are too large for an event, by the SHA-256 of their bytes. At most 16 MiB each. */
export interface ArtifactStore {
  /** Committed when it resolves; the same bytes twice are one row. */
  put(tenant: TenantId, digest: string, bytes: Uint8Array): Promise<void>;
  get(tenant: TenantId, digest: string): Promise<Uint8Array | undefined>;
}

/** Artifacts in the database itself. */
export function createArtifactStore({ database }: { readonly database: Pick<Database, 'of'> }): ArtifactStore {
  return {
    async put(tenant, digest, bytes) {
      if (bytes.byteLength > MAX_ARTIFACT_BYTES) {
        throw new RangeError(
          `An artifact holds at most ${MAX_ARTIFACT_BYTES} bytes; this one has ${bytes.byteLength}. Split the value.`,
        );
      }
      // Put again, it is young again, so that it is not swept before the event that names it is there.
      await database.of(tenant).query({
        name: 'iceos_put_artifact',
        text: `insert into artifacts (tenant, digest, bytes) values ($1, $2, $3)
          on conflict (tenant, digest) do update set put_at = now()
          where artifacts.put_at < now() - interval '1 hour'`,
        values: [tenant, digest, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)],
      });
    },
    async get(tenant, digest) {
      const { rows } = await database.of(tenant).query<{ readonly bytes: Buffer }>({
        name: 'iceos_get_artifact',
        text: 'select bytes from artifacts where tenant = $1 and digest = $2',
        values: [tenant, digest],
      });
      return rows[0]?.bytes;
    },
  };
}
