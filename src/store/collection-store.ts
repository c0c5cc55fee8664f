import { v7 as uuid } from 'uuid';
import type { CollectionId, TenantId } from '../core/ids.ts';
import type { Database } from './database.ts';
import type { MemoryStoreDeps } from './memory-store.ts';

export interface CollectionRecord {
  readonly id: CollectionId;
  readonly name: string;
  readonly model: string;
  readonly dimensions: number;
  readonly factCount: number;
  /** What a re-embedding job is writing beside the vectors that are read. */
  readonly next: { readonly model: string; readonly dimensions: number; readonly generation: number } | undefined;
  /** Raised by each write of facts. */
  readonly writes: number;
  readonly createdAt: Date;
}

/** A collection, as whoever makes the vectors knows it: no statement takes it for one of another model. */
export interface VectorCollection {
  readonly tenant: TenantId;
  readonly name: string;
  readonly model: string;
  readonly dimensions: number;
}

export type CreateCollectionAnswer =
  | { readonly type: 'created'; readonly collection: CollectionRecord }
  | { readonly type: 'nameTaken'; readonly collection: CollectionRecord }
  | { readonly type: 'full'; readonly max: number };

/** Why nothing was written or read: there is no such collection, or it holds the vectors of another model. */
export type CollectionMismatch =
  { readonly type: 'noCollection' } | { readonly type: 'otherModel'; readonly collection: CollectionRecord };

/** The collections of semantic memory. Every call names the tenant; another tenant's collection does not exist for it. */
export interface CollectionStore {
  create(collection: VectorCollection): Promise<CreateCollectionAnswer>;
  get(tenant: TenantId, name: string): Promise<CollectionRecord | undefined>;
  /** By name. */
  list(tenant: TenantId): Promise<readonly CollectionRecord[]>;
}

interface CollectionRow {
  readonly id: CollectionId;
  readonly name: string;
  readonly model: string;
  readonly dimensions: number;
  readonly fact_count: number;
  readonly next_model: string | null;
  readonly next_dimensions: number | null;
  readonly next_generation: number | null;
  readonly writes: string;
  readonly created_at: Date;
}

const COLUMNS =
  'id, name, model, dimensions, fact_count, next_model, next_dimensions, next_generation, writes, created_at';

// Two who take the same place at once are one winner and one who asks again: the limit is exact.
const CREATE = `insert into memory_collections
    (tenant, id, name, place, model, dimensions, generation, last_generation, fact_count, writes, created_at)
  select $1::uuid, $2::uuid, $3::varchar, min(p), $4::varchar, $5::int4, 1, 1, 0, 0, $6::timestamptz
  from generate_series(1, $7::int4) p
  where not exists (select from memory_collections where tenant = $1 and place = p)
  having min(p) is not null and (select count(*) from memory_collections where tenant = $1) < $7
  on conflict do nothing returning ${COLUMNS}`;

export function createCollectionStore({ database, clock, limits }: MemoryStoreDeps): CollectionStore {
  const { of } = database;
  const get: CollectionStore['get'] = async (tenant, name) => {
    const { rows } = await of(tenant).query<CollectionRow>({
      name: 'iceos_get_collection',
      text: `select ${COLUMNS} from memory_collections where tenant = $1 and name = $2`,
      values: [tenant, name],
    });
    return rows.map(toRecord)[0];
  };
  return {
    get,
    async create({ tenant, name, model, dimensions }) {
      const max = limits.maxCollectionsPerTenant;
      for (;;) {
        const values = [tenant, uuid(), name, model, dimensions, new Date(clock.now()), max];
        const made = await of(tenant).query<CollectionRow>({ name: 'iceos_create_collection', text: CREATE, values });
        if (made.rows[0] !== undefined) return { type: 'created', collection: toRecord(made.rows[0]) };
        const collection = await get(tenant, name);
        if (collection !== undefined) return { type: 'nameTaken', collection };
        if ((await countCollections(database, tenant)) >= max) return { type: 'full', max };
      }
    },
    async list(tenant) {
      const { rows } = await of(tenant).query<CollectionRow>({
        name: 'iceos_list_collections',
        text: `select ${COLUMNS} from memory_collections where tenant = $1 order by name`,
        values: [tenant],
      });
      return rows.map(toRecord);
    },
  };
}

async function countCollections({ of }: Pick<Database, 'of'>, tenant: TenantId): Promise<number> {
  const { rows } = await of(tenant).query<{ readonly count: number }>({
    name: 'iceos_count_collections',
    text: 'select count(*)::int4 as count from memory_collections where tenant = $1',
    values: [tenant],
  });
  return rows[0]?.count ?? 0;
}

const toRecord = (row: CollectionRow): CollectionRecord => ({
  id: row.id,
  name: row.name,
  model: row.model,
  dimensions: row.dimensions,
  factCount: row.fact_count,
  next:
    row.next_model === null || row.next_dimensions === null || row.next_generation === null
      ? undefined
      : { model: row.next_model, dimensions: row.next_dimensions, generation: row.next_generation },
  writes: Number(row.writes),
  createdAt: row.created_at,
});
