import type { FactId, TenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { FactSearch } from './fact-search.ts';
import type { MemoryStoreDeps } from './memory-store.ts';
import { rowLimit, toPage, type Page, type PageArguments } from './page.ts';
import { createParameters } from './parameters.ts';

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

/** In the order of their ids, without a model; of a collection that is not there none. */
export type ListFacts = (
  tenant: TenantId,
  collection: string,
  options: { readonly metadata: FactSearch['metadata']; readonly page: PageArguments<FactId> },
) => Promise<Page<StoredFact>>;

export const createListFacts =
  ({ database: { query }, clock }: Pick<MemoryStoreDeps, 'database' | 'clock'>): ListFacts =>
  async (tenant, collection, { metadata, page }) => {
    const { values, add } = createParameters();
    const order = page.direction === 'forward' ? 'asc' : 'desc';
    const owner = add(tenant);
    const where = [
      ...[`c.tenant = ${owner}`, `f.tenant = ${owner}`, `c.name = ${add(collection)}`],
      `(f.expires_at is null or f.expires_at > ${add(new Date(clock.now()))})`,
    ];
    if (metadata !== undefined) where.push(`f.metadata @> ${add(JSON.stringify(metadata))}::jsonb`);
    if (page.after !== undefined) where.push(`f.id > ${add(page.after)}::uuid`);
    if (page.before !== undefined) where.push(`f.id < ${add(page.before)}::uuid`);
    const { rows } = await query<FactRow>({
      text: `select f.id, f.subject, f.text, f.metadata, f.tokens, f.created_at, f.expires_at
        from memory_collections c join memory_facts f on f.tenant = c.tenant and f.collection_id = c.id
        where ${where.join(' and ')} order by f.id ${order} limit ${add(rowLimit(page))}`,
      values: [...values],
    });
    return toPage(rows.map(toStoredFact), page);
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
