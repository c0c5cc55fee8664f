import type { QueryConfig, QueryResult } from 'pg';
import type { Database } from '../../src/store/database.ts';
import type { Query } from '../../src/store/session.ts';

/** The database, and what is asked of it in SQL with its answers. */
export function observedDatabase(
  database: Database,
  { onAsked, onAnswered }: { onAsked?: (config: QueryConfig) => void; onAnswered?: (answer: QueryResult) => void },
): Database {
  const observed =
    (query: Query): Query =>
    async (config) => {
      onAsked?.(config);
      const answer = await query(config);
      onAnswered?.(answer);
      // The caller says what its rows are, and gets them as they came.
      return answer as never;
    };
  const of: Database['of'] = (tenant) => ({ ...database.of(tenant), query: observed(database.of(tenant).query) });
  return { ...database, of, query: observed(database.query) };
}
