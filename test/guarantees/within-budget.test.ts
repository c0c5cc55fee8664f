import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBillingServer, type BillingServer } from '../support/billing-server.ts';
import { openTestDatabase, type ServerTestDatabase } from '../support/database.ts';
import { insertBlueprint, startOwned } from '../support/journal.ts';
import { openTestCalls, spenderOf } from '../support/model-calls.ts';

const AT_ONCE = 100;
const BUDGETS = [20_000n, 60_000n, 200_000n];
const SEED = 7;

describe('within-budget: no execution costs more than its budget', () => {
  let opened: ServerTestDatabase;
  let server: BillingServer;
  beforeAll(async () => {
    opened = await openTestDatabase();
    server = await startBillingServer(SEED);
  });
  afterAll(async () => {
    await server.close();
    await opened.close();
  });

  it.each(BUDGETS)(
    'of %s micro-dollars, with 100 calls at once that are given up at random',
    { timeout: 120_000 },
    async (most) => {
      const { stores } = opened;
      const calls = await openTestCalls(server.baseUrl, stores.ledger);
      const blueprintId = await insertBlueprint(stores);
      const { id: executionId } = await startOwned(stores, blueprintId);
      const refusals: string[] = [];
      let over = false;

      async function ask(caller: number): Promise<void> {
        const spender = spenderOf({ executionId, blueprintId }, `caller${caller}`, most);
        const session = calls(spender);
        for (let round = 0; round < 1_000; round += 1) {
          const leaving = new AbortController();
          const given =
            (caller + round) % 4 === 0 ? delay((caller * 7 + round) % 20).then(() => leaving.abort()) : undefined;
          const messages = [{ role: 'user', text: 'x'.repeat(100) }] as const;
          const said = await session.ask(
            { model: 'main', messages, parameters: {} },
            { signal: leaving.signal, onText: () => undefined },
          );
          await given;
          const budget = await stores.ledger.budget(executionId);
          if (budget !== undefined && budget.spentUsdMicros + budget.reservedUsdMicros > most) over = true;
          if (said.type !== 'failed' || said.failure.reason !== 'budgetExceeded') continue;
          refusals.push(said.failure.message);
          return;
        }
        throw new Error('A thousand calls did not use the budget up.');
      }
      await Promise.all(Array.from({ length: AT_ONCE }, (_, caller) => ask(caller)));

      expect(over).toBe(false);
      expect(refusals).toHaveLength(AT_ONCE);
      const end = await stores.ledger.budget(executionId);
      expect(end?.reservedUsdMicros).toBe(0n);
      expect(end?.spentUsdMicros).toBeGreaterThan(most / 2n);
      expect(end?.spentUsdMicros).toBeLessThanOrEqual(most);
    },
  );
});
