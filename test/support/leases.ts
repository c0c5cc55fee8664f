import type { ExecutionId } from '../../src/core/ids.ts';
import type { ServerTestDatabase } from './database.ts';
import { until } from './until.ts';

/** Who holds an execution, and when it is due, as its row says. */
export interface LeaseRow {
  readonly owner: string | null;
  readonly token: number;
  readonly dueAt: number | null;
}

export async function leaseOf({ database }: Pick<ServerTestDatabase, 'database'>, id: ExecutionId): Promise<LeaseRow> {
  const { rows } = await database.query<LeaseRow & object>({
    text: `select lease_owner as owner, lease_token::float8 as token,
      round(extract(epoch from due_at) * 1000)::float8 as "dueAt" from executions where id = $1`,
    values: [id],
  });
  const [row] = rows;
  if (!row) throw new Error(`There is no execution ${id}.`);
  return row;
}

/** Waits until nobody holds an execution and it is due at some later instant. */
export const untilParked = (database: ServerTestDatabase, id: ExecutionId): Promise<void> =>
  until(
    async () => {
      const { owner, dueAt } = await leaseOf(database, id);
      return owner === null && dueAt !== null;
    },
    20_000,
    `execution ${id} is parked`,
  );
