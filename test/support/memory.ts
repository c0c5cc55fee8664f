import { v7 as uuid } from 'uuid';
import { EpisodeId, FactId, type TenantId } from '../../src/core/ids.ts';
import type { Database } from '../../src/store/database.ts';
import type { NewEpisode } from '../../src/store/episode-store.ts';
import type { NewFact } from '../../src/store/fact-store.ts';

export const newFactId = (): FactId => FactId.parse(uuid());

/** A vector of length 1 whose numbers follow from the seed alone. */
export function unitVector(seed: number, dimensions: number): Float32Array {
  let state = seed + 1;
  const numbers = Float32Array.from({ length: dimensions }, () => {
    // The generator of Park and Miller.
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647 - 0.5;
  });
  const norm = Math.hypot(...numbers);
  return numbers.map((number) => number / norm);
}

export const fact = (text: string, vector: Float32Array, more: Partial<NewFact> = {}): NewFact => ({
  id: newFactId(),
  text,
  metadata: {},
  vector,
  tokens: 1,
  ...more,
});

export const episode = (
  tenant: TenantId,
  session: string,
  content: string,
  more: Partial<NewEpisode> = {},
): NewEpisode => ({ tenant, session, id: EpisodeId.parse(uuid()), content, tokens: 1, ...more });

/** How many rows of all tables of the product hold this text somewhere: past all code that could hide one. */
export async function rowsWith({ query }: Pick<Database, 'query'>, text: string): Promise<number> {
  const tables = await query<{ readonly name: string }>({
    text: `select quote_ident(table_name) as name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE'`,
  });
  let found = 0;
  for (const { name } of tables.rows) {
    const { rows } = await query<{ readonly count: number }>({
      text: `select count(*)::int4 as count from ${name} t where strpos(t::text, $1) > 0`,
      values: [text],
    });
    found += rows[0]?.count ?? 0;
  }
  return found;
}
