import type { AuditEntry } from '../core/audit.ts';
import type { CollectionId, FactId, TenantId } from '../core/ids.ts';
import { auditedWhere, auditValue } from './audit-rows.ts';
import { float4Array, uuidArray } from './binary-array.ts';
import { DELETE_BATCH } from './fact-deletion.ts';
import type { MemoryStoreDeps } from './memory-store.ts';
import type { OfTenant } from './tenant-query.ts';

/** The vectors that a job writes: those of one generation of one collection. */
export interface ReembeddingKey {
  readonly tenant: TenantId;
  readonly collection: CollectionId;
  readonly generation: number;
}

export interface ReembeddingProgress {
  readonly done: number;
  readonly total: number;
}

/**
 * The steps of a job that changes a collection's model. Each is one statement that may be carried out again: a job goes on
 * where its last statement ended, whoever carries it on. Until the last step the old vectors are the ones that are read.
 */
export interface ReembeddingStore {
  /** Begins, or finds the job for that model which is already there; false: there is no such collection, or another job. */
  begin(request: {
    readonly tenant: TenantId;
    readonly name: string;
    readonly model: string;
    readonly dimensions: number;
    /** Of a request that begins the job, or goes on with it. */
    readonly audit?: AuditEntry | undefined;
  }): Promise<boolean>;
  /** Facts without a vector of that generation, in the order of their ids. */
  missing(
    key: ReembeddingKey,
    page: { readonly after: FactId | undefined; readonly limit: number },
  ): Promise<readonly { readonly id: FactId; readonly text: string }[]>;
  /** Facts that went meanwhile are left out, and so is all of a job that was canceled. */
  write(
    key: ReembeddingKey,
    vectors: readonly { readonly id: FactId; readonly vector: Float32Array }[],
    dimensions: number,
  ): Promise<void>;
  progress(key: ReembeddingKey): Promise<ReembeddingProgress>;
  /** From now on the new vectors are read; false: facts were written since `writes` was, or the job was canceled. */
  switchOver(key: ReembeddingKey, writes: number): Promise<boolean>;
  /** False: there was no job. */
  cancel(tenant: TenantId, name: string, audit?: AuditEntry): Promise<boolean>;
  /** Deletes the vectors that are neither read nor being written; answers with how many there were. */
  sweep(tenant: TenantId, collection: CollectionId): Promise<number>;
}

const audited = (change: string, value: string): string =>
  `with changed as (${change} returning 1), ${auditedWhere(value, 'changed')} select from changed`;

const BEGIN = audited(
  `update memory_collections set
    next_model = $3, next_dimensions = $4, next_generation = coalesce(next_generation, last_generation + 1),
    last_generation = coalesce(next_generation, last_generation + 1)
  where tenant = $1 and name = $2 and (model <> $3 or dimensions <> $4)
    and (next_generation is null or (next_model = $3 and next_dimensions = $4))`,
  '$5',
);

const LIVE = '(f.expires_at is null or f.expires_at > $4)';
const HAS_VECTOR = `exists (select from memory_vectors v where v.tenant = f.tenant
  and v.collection_id = f.collection_id and v.fact_id = f.id and v.generation = $3)`;

const MISSING = `select f.id, f.text from memory_facts f
  where f.tenant = $1 and f.collection_id = $2 and ${LIVE} and f.id > $5 and not ${HAS_VECTOR} order by f.id limit $6`;

const WRITE = `insert into memory_vectors (tenant, collection_id, fact_id, generation, vector)
  select f.tenant, f.collection_id, f.id, $3::int4,
    ($5::real[])[(g.nth::int4 - 1) * $6::int4 + 1 : g.nth::int4 * $6::int4]
  from unnest($4::uuid[]) with ordinality as g (id, nth)
  join memory_facts f on f.tenant = $1 and f.collection_id = $2 and f.id = g.id
  join memory_collections c on c.tenant = $1 and c.id = $2 and c.next_generation = $3 and c.next_dimensions = $6
  for key share of f
  on conflict do nothing`;

const PROGRESS = `select count(*)::int4 as total, count(*) filter (where ${HAS_VECTOR})::int4 as done
  from memory_facts f where f.tenant = $1 and f.collection_id = $2 and ${LIVE}`;

// A write of facts that this one waits for has raised `writes` when it goes on.
const SWITCH = `update memory_collections c set
    model = next_model, dimensions = next_dimensions, generation = next_generation,
    next_model = null, next_dimensions = null, next_generation = null
  where c.tenant = $1 and c.id = $2 and c.next_generation = $3 and c.writes = $5 and not exists (
    select from memory_facts f where f.tenant = $1 and f.collection_id = $2 and ${LIVE} and not ${HAS_VECTOR})`;

const CANCEL = audited(
  `update memory_collections set next_model = null, next_dimensions = null, next_generation = null
  where tenant = $1 and name = $2 and next_generation is not null`,
  '$3',
);

const SWEEP = `delete from memory_vectors v using (
    select s.fact_id, s.generation from memory_vectors s
    join memory_collections c on c.tenant = s.tenant and c.id = s.collection_id
    where s.tenant = $1 and s.collection_id = $2 and s.generation <> c.generation
      and s.generation is distinct from c.next_generation limit ${DELETE_BATCH}) gone
  where v.tenant = $1 and v.collection_id = $2 and v.fact_id = gone.fact_id and v.generation = gone.generation`;

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

export function createReembeddingStore({ database: { of }, clock }: MemoryStoreDeps): ReembeddingStore {
  const now = (): Date => new Date(clock.now());
  const keyOf = ({ tenant, collection, generation }: ReembeddingKey): OfTenant => [tenant, collection, generation];
  /** The first value is the tenant. */
  async function changes(name: string, text: string, values: OfTenant): Promise<number> {
    const { rowCount } = await of(values[0]).query({ name, text, values: [...values] });
    return rowCount ?? 0;
  }
  return {
    async begin({ tenant, name, model, dimensions, audit }) {
      const values: OfTenant = [tenant, name, model, dimensions, auditValue(audit)];
      return (await changes('iceos_begin_reembedding', BEGIN, values)) === 1;
    },
    async missing(key, { after, limit }) {
      const { rows } = await of(key.tenant).query<{ readonly id: FactId; readonly text: string }>({
        name: 'iceos_missing_vectors',
        text: MISSING,
        values: [...keyOf(key), now(), after ?? FIRST_ID, limit],
      });
      return rows;
    },
    async write(key, vectors, dimensions) {
      const ids = uuidArray(vectors.map(({ id }) => id));
      const numbers = float4Array(vectors.flatMap(({ vector }) => [...vector]));
      await changes('iceos_write_vectors', WRITE, [...keyOf(key), ids, numbers, dimensions]);
    },
    async progress(key) {
      const { rows } = await of(key.tenant).query<{ readonly done: number; readonly total: number }>({
        name: 'iceos_reembedding_progress',
        text: PROGRESS,
        values: [...keyOf(key), now()],
      });
      return rows[0] ?? { done: 0, total: 0 };
    },
    async switchOver(key, writes) {
      return (await changes('iceos_switch_vectors', SWITCH, [...keyOf(key), now(), writes])) === 1;
    },
    async cancel(tenant, name, audit) {
      return (await changes('iceos_cancel_reembedding', CANCEL, [tenant, name, auditValue(audit)])) === 1;
    },
    async sweep(tenant, collection) {
      let total = 0;
      for (;;) {
        const deleted = await changes('iceos_sweep_vectors', SWEEP, [tenant, collection]);
        if (deleted === 0) return total;
        total += deleted;
      }
    },
  };
}
