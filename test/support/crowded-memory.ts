import { v4 as uuid } from 'uuid';
import { CollectionId, type TenantId } from '../../src/core/ids.ts';
import type { Database } from '../../src/store/database.ts';

/** What a crowd of rows is kept under. */
export interface Crowd {
  readonly tenant: TenantId;
  /** One of them for all rows, or so many by turns: expressions of SQL over the number `i` of the row. */
  readonly session: string;
  readonly subject: string;
}

/**
 * Episodes, and facts of the collection `priced`, as many as a real tenant may have; the planner then knows of them. Past all
 * code of the product, for the sake of time.
 */
export async function crowdMemory(
  { query }: Pick<Database, 'query'>,
  rows: number,
  { tenant, session, subject }: Crowd,
): Promise<void> {
  const id = CollectionId.parse(uuid());
  await query({
    text: `insert into memory_collections
        (tenant, id, name, place, model, dimensions, generation, last_generation, fact_count, writes, created_at)
      values ($1, $2, 'priced', 1, 'v-1', 4, 1, 1, $3, 1, now())`,
    values: [tenant, id, rows],
  });
  await query({
    text: `insert into memory_episodes (tenant, session, id, subject, content, tokens, created_at)
      select $1, ${session}, gen_random_uuid(), ${subject}, 'x', 1, now() + i * interval '1 ms' from generate_series(1, $2::int4) i`,
    values: [tenant, rows],
  });
  await query({
    text: `insert into memory_facts (tenant, collection_id, id, subject, text, metadata, tokens, created_at)
      select $1, $2, gen_random_uuid(), ${subject}, 'x', jsonb_build_object('user', ${subject}), 1, now() + i * interval '1 ms'
      from generate_series(1, $3::int4) i`,
    values: [tenant, id, rows],
  });
  await query({
    text: `insert into memory_vectors (tenant, collection_id, fact_id, generation, vector)
      select tenant, collection_id, id, 1, '{1,0,0,0}' from memory_facts where tenant = $1`,
    values: [tenant],
  });
  for (const table of ['memory_collections', 'memory_episodes', 'memory_facts', 'memory_vectors'])
    await query({ text: `vacuum analyze ${table}` });
}
