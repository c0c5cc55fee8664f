import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import type { BlueprintId, ExecutionId } from '../core/ids.ts';
import { tenant } from './columns.ts';

const execution = (name: string) => uuid(name).$type<ExecutionId>().notNull();
const micros = (name: string) => bigint(name, { mode: 'bigint' });
const tokens = (name: string) => bigint(name, { mode: 'number' }).notNull();

/**
 * What a root execution and its children may cost, cost so far, and may still turn out to cost; and the same of what the clients of
 * a tenant ask for in one day, under an ID of that day. One row once a call was made.
 */
export const budgets = pgTable(
  'budgets',
  {
    rootExecutionId: execution('root_execution_id').primaryKey(),
    tenant: tenant(),
    /** Null: not bounded. */
    maxCostUsdMicros: micros('max_cost_usd_micros'),
    reservedUsdMicros: micros('reserved_usd_micros').notNull(),
    spentUsdMicros: micros('spent_usd_micros').notNull(),
  },
  (table) => [check('budgets_whole', sql`${table.reservedUsdMicros} >= 0 and ${table.spentUsdMicros} >= 0`)],
);

/** One call of a model, by the place in the execution from which it is made. */
const call = () => ({
  executionId: execution('execution_id'),
  path: text('path').notNull(),
  attempt: integer('attempt').notNull(),
  call: integer('call').notNull(),
});

/** What a call is charged to and for. */
const charged = () => ({
  tenant: tenant(),
  rootExecutionId: execution('root_execution_id'),
  /** Null: a client asked outside of every execution; the IDs are that of its request, and as the root that of its tenant's day. */
  blueprintId: uuid('blueprint_id').$type<BlueprintId>(),
  kind: smallint('kind').notNull(),
  model: varchar('model', { length: 256 }).notNull(),
  /** The price as JSON, so that each row can be computed again; null: the model is declared free. */
  price: text('price'),
});

/** A call that may be on its way: what it may cost at most is held until it is settled. */
export const reservations = pgTable(
  'reservations',
  {
    ...call(),
    ...charged(),
    amountUsdMicros: micros('amount_usd_micros').notNull(),
    inputTokens: tokens('input_tokens'),
    outputTokens: tokens('output_tokens'),
  },
  (table) => [primaryKey({ columns: [table.executionId, table.path, table.attempt, table.call] })],
);

/** What each call cost; never changed. */
export const ledger = pgTable(
  'ledger',
  {
    ...call(),
    ...charged(),
    costUsdMicros: micros('cost_usd_micros').notNull(),
    inputTokens: tokens('input_tokens'),
    cachedInputTokens: tokens('cached_input_tokens'),
    cacheWriteTokens: tokens('cache_write_tokens'),
    outputTokens: tokens('output_tokens'),
    reasoningTokens: tokens('reasoning_tokens'),
    /** 0: what the provider said; 1: estimated, and charged as it was reserved. */
    usageSource: smallint('usage_source').notNull(),
    at: timestamp('at', { withTimezone: true, precision: 3, mode: 'date' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.executionId, table.path, table.attempt, table.call] }),
    index('ledger_tenant_at').on(table.tenant, table.at),
    index('ledger_root_at').on(table.rootExecutionId, table.at),
    index('ledger_tenant_blueprint_at').on(table.tenant, table.blueprintId, table.at),
    index('ledger_tenant_model_at').on(table.tenant, table.model, table.at),
    index('ledger_tenant_kind_at').on(table.tenant, table.kind, table.at),
    // Few, and looked for among the many that are not.
    index('ledger_estimated')
      .on(table.tenant, table.at)
      .where(sql`usage_source = 1`),
  ],
);
