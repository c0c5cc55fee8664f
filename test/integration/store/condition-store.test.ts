import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { v7 as uuid } from 'uuid';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { DEFAULT_TENANT, ExecutionId, OrchestratorId } from '../../../src/core/ids.ts';
import { createConditionStore } from '../../../src/store/condition-store.ts';
import { NO_TOKENS } from '../../../src/usage/tokens.ts';

describe('The condition of a database', () => {
  let database: ServerTestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());
  const condition = () => createConditionStore({ database: database.database, clock: systemClock }).read();

  it('is that nobody waits where there is nothing', async () => {
    const { databaseNow, ...rest } = await condition();
    expect(rest).toEqual({ oldestDueMs: 0, orchestratorsAlive: 0, ledgerMismatches: 0 });
    expect(Math.abs(databaseNow - Date.now())).toBeLessThan(60_000);
  });

  it('has the orchestrators whose heartbeat is fresh', async () => {
    const { leases } = database.stores;
    const [one, other] = [OrchestratorId.parse(uuid()), OrchestratorId.parse(uuid())];
    await leases.register(one, 60_000);
    await leases.register(other, 0);
    expect(await condition()).toMatchObject({ orchestratorsAlive: 1 });
    await leases.unregister(one);
    await leases.unregister(other);
    expect(await condition()).toMatchObject({ orchestratorsAlive: 0 });
  });

  it('has budgets whose sum is not that of their rows', async () => {
    const { ledger } = database.stores;
    const id = ExecutionId.parse(uuid());
    const charge = {
      ...{ executionId: id, rootExecutionId: id, path: 'a', attempt: 1, call: 0, tenant: DEFAULT_TENANT },
      ...{ blueprintId: undefined, kind: 'llm' as const, model: 'm', price: undefined },
    };
    await ledger.reserve(
      { ...charge, amountUsdMicros: 10n, tokens: { input: 1, output: 1 } },
      { leaseToken: undefined, maxCostUsdMicros: undefined },
    );
    await ledger.settle({ ...charge, tokens: NO_TOKENS, costUsdMicros: 7n, at: new Date() });
    expect(await condition()).toMatchObject({ ledgerMismatches: 0 });
    await database.database.query({
      text: 'update budgets set spent_usd_micros = spent_usd_micros + 1 where root_execution_id = $1',
      values: [id],
    });
    expect(await condition()).toMatchObject({ ledgerMismatches: 1 });
  });
});
