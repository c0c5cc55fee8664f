import type { AuditEntry } from '../core/audit.ts';
import type { CollectionId, FactId, TenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { auditedWhere, auditValue } from './audit-rows.ts';
import { float4Array, instantArray, int4Array, textArray, uuidArray } from './binary-array.ts';
import type { CollectionMismatch, CollectionStore, VectorCollection } from './collection-store.ts';
import type { FactDeletion } from './fact-deletion.ts';
import { createListFacts, type ListFacts } from './fact-list.ts';
import { createFactSearch, type FactSearch, type FoundFact } from './fact-search.ts';
import type { MemoryStoreDeps } from './memory-store.ts';

export interface NewFact {
  readonly id: FactId;
  /** Whom it is about: what `forgetSubject` deletes by. */
  readonly subject?: string | undefined;
  readonly text: string;
  readonly metadata: JsonObject;
  /** At length 1, and as long as the collection says: the dimension guard's answer. */
  readonly vector: Float32Array;
  readonly tokens: number;
  readonly expiresAt?: Date | undefined;
}

export type AddFactsAnswer =
  /** How many were new, and how many old ones went for them. */
  { readonly type: 'added'; readonly added: number; readonly evicted: number } | CollectionMismatch;

export type SearchAnswer = { readonly type: 'found'; readonly facts: readonly FoundFact[] } | CollectionMismatch;

/** Facts that are found by meaning. What has expired is neither found nor counted, whether it was purged or not. */
export interface FactStore {
  /** Committed when it resolves; facts whose ids are there already stay as they are. */
  add(collection: VectorCollection, facts: readonly NewFact[], audit?: AuditEntry): Promise<AddFactsAnswer>;
  /** The nearest, by cosine. `vector` is at length 1. */
  search(collection: VectorCollection, vector: Float32Array, search: FactSearch): Promise<SearchAnswer>;
  readonly list: ListFacts;
  /** Undefined: there is no such collection. */
  count(tenant: TenantId, collection: string): Promise<number | undefined>;
  /** How many there were of them. */
  remove(
    tenant: TenantId,
    collection: string,
    of: { readonly ids: readonly FactId[]; readonly audit?: AuditEntry | undefined },
  ): Promise<number>;
}

// Later than the latest, whoever's clock it was, and one after the other: so they are listed, and go.
// The lock of the collection orders this with a job's last statement: what it lets in has the vector that is then read.
const ADD = `with c as (
    select id, generation from memory_collections
    where tenant = $1 and name = $2 and model = $3 and dimensions = $4::int4 for update),
  given as (
    select * from unnest($6::uuid[], $7::text[], $8::text[], $9::text[], $10::int4[], $11::timestamptz[]) with ordinality
      as u (id, subject, text, metadata, tokens, expires_at, nth)),
  latest as (
    select created_at from memory_facts where tenant = $1 and collection_id = (select id from c)
    order by created_at desc limit 1),
  made as (
    insert into memory_facts (tenant, collection_id, id, subject, text, metadata, tokens, created_at, expires_at)
    select $1::uuid, c.id, g.id, g.subject, g.text, g.metadata::jsonb, g.tokens,
      greatest($5::timestamptz, (select created_at from latest) + interval '1 microsecond')
        + (g.nth - 1) * interval '1 microsecond', g.expires_at
    from c cross join given g on conflict do nothing returning id),
  vectors as (
    insert into memory_vectors (tenant, collection_id, fact_id, generation, vector)
    select $1::uuid, c.id, g.id, c.generation, ($12::real[])[(g.nth::int4 - 1) * $4::int4 + 1 : g.nth::int4 * $4::int4]
    from c cross join given g join made on made.id = g.id on conflict do nothing),
  ${auditedWhere('$13', 'made')}
  update memory_collections m set fact_count = m.fact_count + (select count(*) from made), writes = m.writes + 1
  from c where m.tenant = $1 and m.id = c.id
  returning m.id, m.fact_count, (select count(*)::int4 from made) as added`;

export interface FactStoreDeps extends MemoryStoreDeps {
  readonly collections: Pick<CollectionStore, 'get'>;
  readonly deletion: FactDeletion;
}

export function createFactStore({ database, clock, limits, collections, deletion }: FactStoreDeps): FactStore {
  const search = createFactSearch(database);

  async function mismatch({ tenant, name }: VectorCollection): Promise<CollectionMismatch> {
    const collection = await collections.get(tenant, name);
    return collection === undefined ? { type: 'noCollection' } : { type: 'otherModel', collection };
  }

  return {
    async add(collection, facts, audit) {
      const { tenant, name, model, dimensions } = collection;
      const values = [
        ...[tenant, name, model, dimensions, new Date(clock.now())],
        uuidArray(facts.map(({ id }) => id)),
        textArray(facts.map(({ subject }) => subject)),
        textArray(facts.map(({ text }) => text)),
        textArray(facts.map(({ metadata }) => JSON.stringify(metadata))),
        int4Array(facts.map(({ tokens }) => tokens)),
        instantArray(facts.map(({ expiresAt }) => expiresAt?.getTime())),
        float4Array(facts.flatMap(({ vector }) => [...vector])),
        auditValue(audit),
      ];
      type Row = { readonly id: CollectionId; readonly fact_count: number; readonly added: number };
      const { rows } = await database.of(tenant).query<Row>({ name: 'iceos_add_facts', text: ADD, values });
      const [row] = rows;
      if (row === undefined) return await mismatch(collection);
      const max = limits.maxFactsPerCollection;
      const evicted = row.fact_count > max ? await deletion.evict(tenant, row.id, max) : 0;
      return { type: 'added', added: row.added, evicted };
    },
    async search(collection, vector, how) {
      const facts = await search(collection, vector, { now: new Date(clock.now()), ...how });
      if (facts.length > 0) return { type: 'found', facts };
      const found = await collections.get(collection.tenant, collection.name);
      if (found === undefined) return { type: 'noCollection' };
      const fits = found.model === collection.model && found.dimensions === collection.dimensions;
      return fits ? { type: 'found', facts } : { type: 'otherModel', collection: found };
    },
    list: createListFacts({ database, clock }),
    async count(tenant, name) {
      const { rows } = await database.of(tenant).query<{ readonly count: number }>({
        name: 'iceos_count_facts',
        text: `select (select count(*)::int4 from memory_facts f where f.tenant = $1 and f.collection_id = c.id
            and (f.expires_at is null or f.expires_at > $3)) as count
          from memory_collections c where c.tenant = $1 and c.name = $2`,
        values: [tenant, name, new Date(clock.now())],
      });
      return rows[0]?.count;
    },
    async remove(tenant, name, { ids, audit }) {
      const collection = await collections.get(tenant, name);
      return collection === undefined
        ? 0
        : await deletion.these(tenant, collection.id, { ids, audit: auditValue(audit) });
    },
  };
}
