import type { QueryConfig } from 'pg';
import { v4 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../../src/store/database.ts';
import { BlueprintId, type TenantId } from '../../../src/core/ids.ts';
import { createAuditStore, type AuditStore } from '../../../src/store/audit-store.ts';
import { createExecutionStore, type ExecutionStore } from '../../../src/store/execution-store.ts';
import { createLedgerReads, type LedgerReads } from '../../../src/store/ledger-reads.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { newTenantId } from '../../support/journal.ts';

interface Guess {
  readonly text: string;
  readonly blueprintId: BlueprintId;
}
interface Reads {
  readonly audit: AuditStore;
  readonly executions: ExecutionStore;
  readonly ledger: LedgerReads;
}

const ROWS = 20_000;
const guess = (text: string): Guess => ({ text, blueprintId: BlueprintId.parse(uuid()) });
/** Most rows of the tables are another tenant's, under these names; of the other names there are none. */
const [foreign, missing] = [guess('foreign'), guess('missing')];
const page = { limit: 20, direction: 'forward' } as const;
const totals = { grouping: 'kind', maxGroups: 100 } as const;

type Ask = (reads: Reads, tenant: TenantId, guess: Guess) => Promise<unknown>;
const ASKED: Readonly<Record<string, Ask>> = {
  'the ledger by model': ({ ledger }, tenant, { text: model }) => ledger.list(tenant, { model }, page),
  'the ledger by blueprint': ({ ledger }, tenant, { blueprintId }) => ledger.list(tenant, { blueprintId }, page),
  'usage by model': ({ ledger }, tenant, { text: model }) => ledger.totals(tenant, { model }, totals),
  'usage by blueprint': ({ ledger }, tenant, { blueprintId }) => ledger.totals(tenant, { blueprintId }, totals),
  'executions by blueprint': ({ executions }, tenant, { blueprintId }) =>
    executions.list(tenant, { blueprintId }, page),
  'the audit log by subject': ({ audit }, tenant, { text: subject }) => audit.list(tenant, { subject }, page),
  'the audit log by a thing': ({ audit }, tenant, { text }) =>
    audit.list(tenant, { noun: { kind: text, id: text } }, page),
};

let opened: ServerTestDatabase;
const owner = newTenantId();
const stranger = newTenantId();

/** Past all code of the product, for the sake of time. The stranger has rows too, of names of his own. */
async function crowd({ query }: Pick<Database, 'query'>, tenant: TenantId, { text, blueprintId }: Guess, rows: number) {
  await query({
    text: `insert into ledger (execution_id, path, attempt, call, tenant, root_execution_id, blueprint_id, kind, model,
        cost_usd_micros, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, usage_source, at)
      select gen_random_uuid(), 'ask', 1, 0, $1, gen_random_uuid(), $2, 0, $3, 1, 1, 0, 0, 1, 0, 0, now() + i * interval '1 ms'
      from generate_series(1, $4::int4) i`,
    values: [tenant, blueprintId, text, rows],
  });
  await query({
    text: `insert into audit_log (tenant, at, subject, action, noun, noun_id, outcome, fields)
      select $1, now(), $2, 'createBlueprint', $2, $2, 'done', '{}' from generate_series(1, $3::int4)`,
    values: [tenant, text, rows],
  });
}

beforeAll(async () => {
  opened = await openTestDatabase();
  const { database } = opened;
  await crowd(database, owner, foreign, ROWS);
  await crowd(database, stranger, guess('own'), ROWS / 10);
  for (const table of ['ledger', 'audit_log']) await database.query({ text: `vacuum analyze ${table}` });
});
afterAll(() => opened.close());

/** How the database goes about what is asked, for just these values. */
async function plansOf(ask: Ask, asked: Guess): Promise<readonly string[]> {
  const { database, stores } = opened;
  const statements: QueryConfig[] = [];
  const asTenant = database.of(stranger);
  const watched: Pick<Database, 'of'> = {
    of: () => ({
      ...asTenant,
      query(config) {
        statements.push(config);
        return asTenant.query(config);
      },
    }),
  };
  const { batcher } = stores;
  const reads: Reads = {
    audit: createAuditStore({ database: watched }),
    executions: createExecutionStore({ database: watched, batcher }),
    ledger: createLedgerReads({ database: watched }),
  };
  await ask(reads, stranger, asked);
  const plans: string[] = [];
  for (const { text, values = [] } of statements) {
    const { rows } = await asTenant.query<object>({ text: `explain (costs off) ${text}`, values });
    const plan = [text, ...rows.flatMap((row) => Object.values(row))].join('\n');
    plans.push(plan.replaceAll(asked.text, 'NAME').replaceAll(asked.blueprintId, 'ID'));
  }
  expect(plans.length).toBeGreaterThan(0);
  return plans;
}

describe('What a tenant asks for by a name that another tenant has', () => {
  it.each(Object.entries(ASKED))('is planned as for a name that nobody has: %s', async (_what, ask) => {
    const plans = await plansOf(ask, foreign);
    expect(plans).toEqual(await plansOf(ask, missing));
    // It starts from the tenant: of the rows of others none is looked at.
    for (const plan of plans) expect(plan).toMatch(/Index Cond: .*tenant = /);
  });
});
