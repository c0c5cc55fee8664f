import type { FactId, TenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { FactSearch } from './fact-search.ts';
import type { MemoryStoreDeps } from './memory-store.ts';
import { rowLimit, toPage, type Page, type PageArguments } from './page.ts';
import { createParameters, unseen } from './parameters.ts';

export interface StoredFact {
  readonly id: FactId;
  readonly subject: string | undefined;
  readonly text: string;
  readonly metadata: JsonObject;
  readonly tokens: number;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
}

export interface FactRow {
  readonly id: FactId;
  readonly subject: string | null;
  readonly text: string;
  readonly metadata: JsonObject;
  readonly tokens: number;
  readonly created_at: Date;
  readonly expires_at: Date | null;
}

/** Where a fact is in its collection, also when it is gone: microseconds since 1970, and among those of one the id. */
export interface FactPlace {
  readonly micros: string;
  readonly id: string;
}

export interface ListedFact extends StoredFact {
  readonly place: FactPlace;
}

/** The first remembered first, without a model; of a collection that is not there none. */
export type ListFacts = (
  tenant: TenantId,
  collection: string,
  options: { readonly metadata: FactSearch['metadata']; readonly page: PageArguments<FactPlace> },
) => Promise<Page<ListedFact>>;

export const createListFacts =
  ({ database: { of }, clock }: Pick<MemoryStoreDeps, 'database' | 'clock'>): ListFacts =>
  async (tenant, collection, { metadata, page }) => {
    const { values, add } = createParameters();
    const order = page.direction === 'forward' ? 'asc' : 'desc';
    const owner = add(tenant);
    const where = [
      ...[`c.tenant = ${owner}`, `f.tenant = ${owner}`, `c.name = ${add(collection)}`],
      `(f.expires_at is null or f.expires_at > ${add(new Date(clock.now()))})`,
    ];
    if (metadata !== undefined) where.push(`f.metadata @> ${unseen(add(JSON.stringify(metadata)), 'jsonb')}`);
    const placed = ({ micros, id }: FactPlace): string =>
      `(timestamptz 'epoch' + ${add(micros)}::int8 * interval '1 microsecond', ${add(id)}::uuid)`;
    if (page.after !== undefined) where.push(`(f.created_at, f.id) > ${placed(page.after)}`);
    if (page.before !== undefined) where.push(`(f.created_at, f.id) < ${placed(page.before)}`);
    const { rows } = await of(tenant).query<FactRow & { readonly micros: string }>({
      text: `select f.id, f.subject, f.text, f.metadata, f.tokens, f.created_at, f.expires_at,
          (extract(epoch from f.created_at) * 1000000)::int8::text as micros
        from memory_collections c join memory_facts f on f.tenant = c.tenant and f.collection_id = c.id
        where ${where.join(' and ')} order by f.created_at ${order}, f.id ${order}
        limit ${add(rowLimit(page))}`,
      values: [...values],
    });
    const facts = rows.map((row) => ({ ...toStoredFact(row), place: { micros: row.micros, id: row.id } }));
    return toPage(facts, page);
  };

export const toStoredFact = (row: FactRow): StoredFact => ({
  id: row.id,
  subject: row.subject ?? undefined,
  text: row.text,
  metadata: row.metadata,
  tokens: row.tokens,
  createdAt: row.created_at,
  expiresAt: row.expires_at ?? undefined,
});
