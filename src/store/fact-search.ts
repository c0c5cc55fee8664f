import { float4Array } from './binary-array.ts';
import type { TenantId } from '../core/ids.ts';
import type { VectorCollection } from './collection-store.ts';
import type { Database } from './database.ts';
import { toStoredFact, type FactRow, type StoredFact } from './fact-list.ts';
import { createParameters, unseen } from './parameters.ts';

export interface FactSearch {
  readonly limit: number;
  /** From -1 to 1. */
  readonly minScore?: number | undefined;
  readonly subject?: string | undefined;
  /** Members that the metadata must have with just these values. */
  readonly metadata?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
}

export interface FoundFact extends StoredFact {
  /** The cosine of the angle to what was asked: 1 for the same meaning. */
  readonly score: number;
}

interface FoundRow extends FactRow {
  readonly score: number;
}

type Search = (
  collection: VectorCollection,
  vector: Float32Array,
  search: FactSearch & { readonly now: Date },
) => Promise<readonly FoundFact[]>;

/**
 * The nearest facts, every vector looked at: with pgvector's operator where that extension is, else with a sum of
 * products that is written out. Both give the same within rounding, and exactly the nearest.
 */
export function createFactSearch({ of }: Pick<Database, 'of'>): Search {
  let extension: Promise<boolean> | undefined;
  const products = new Map<number, string>();

  async function hasExtension(tenant: TenantId): Promise<boolean> {
    const { rows } = await of(tenant).query<{ readonly known: boolean }>({
      text: "select to_regtype('vector') is not null as known",
    });
    return rows[0]?.known === true;
  }

  function writtenOut(dimensions: number): string {
    const known = products.get(dimensions) ?? sumOfProducts(dimensions);
    products.set(dimensions, known);
    return known;
  }

  return async ({ tenant, name, model, dimensions }, vector, search) => {
    extension ??= hasExtension(tenant).catch((error: unknown) => {
      extension = undefined;
      throw error;
    });
    const score = (await extension) ? OPERATOR : writtenOut(dimensions);
    const { values, add } = createParameters();
    // The operator and the sum name the vector as $1.
    add(float4Array([...vector]));
    const [$tenant, $name, $model, $dimensions] = [add(tenant), add(name), add(model), add(dimensions)];
    const where = [`(f.expires_at is null or f.expires_at > ${add(search.now)})`];
    if (search.subject !== undefined) where.push(`f.subject = ${unseen(add(search.subject), 'varchar')}`);
    if (search.metadata !== undefined)
      where.push(`f.metadata @> ${unseen(add(JSON.stringify(search.metadata)), 'jsonb')}`);
    if (search.createdAfter !== undefined) where.push(`f.created_at > ${add(search.createdAfter)}`);
    if (search.createdBefore !== undefined) where.push(`f.created_at < ${add(search.createdBefore)}`);
    // Without a name: a plan that is made for these values has the numbers of the vector in it, not its places.
    const { rows } = await of(tenant).query<FoundRow>({
      text: `select * from (
          select f.id, f.subject, f.text, f.metadata, f.tokens, f.created_at, f.expires_at, ${score} as score
          from memory_collections c
          join memory_vectors v on v.tenant = c.tenant and v.collection_id = c.id and v.generation = c.generation
          join memory_facts f on f.tenant = v.tenant and f.collection_id = v.collection_id and f.id = v.fact_id
          where c.tenant = ${$tenant} and v.tenant = ${$tenant} and f.tenant = ${$tenant}
            and c.name = ${$name} and c.model = ${$model} and c.dimensions = ${$dimensions}
            and ${where.join(' and ')}
          order by score desc, f.id limit ${add(search.limit)}) nearest
        where score >= ${add(search.minScore ?? -Infinity)} order by score desc, id`,
      values: [...values],
    });
    return rows.map(toFact);
  };
}

const OPERATOR = '-(v.vector::vector <#> $1::real[]::vector)';

/** Up to here a row fits in a page, and the numbers of its vector are where they are looked for. */
const INLINE_DIMENSIONS = 1_900;

/** `unnest` takes four times as long. In pairs of pairs, as the parser goes only so deep, and for the sake of rounding. */
function sumOfProducts(dimensions: number): string {
  const sum = (from: number, count: number): string => {
    if (count === 1) return `x.vector[${from}] * ($1::real[])[${from}]`;
    const half = count >> 1;
    return `(${sum(from, half)} + ${sum(from + half, count - half)})`;
  };
  const terms = sum(1, dimensions);
  if (dimensions <= INLINE_DIMENSIONS) return `(${terms.replaceAll('x.vector', 'v.vector')})`;
  // Fetched once a row: without the concatenation each place would fetch the whole vector again.
  return `(select ${terms} from (select v.vector || '{}' as vector offset 0) x)`;
}

const toFact = (row: FoundRow): FoundFact => ({
  ...toStoredFact(row),
  // Rounding may carry it over the edge.
  score: Math.min(1, Math.max(-1, row.score)),
});
