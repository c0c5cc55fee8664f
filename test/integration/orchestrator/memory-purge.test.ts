import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createPeriodic, type Periodic } from '../../../src/orchestrator/periodic.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { startTestApp } from '../../support/app.ts';
import { openAgain, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { newTenantId } from '../../support/journal.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { episode, fact, unitVector } from '../../support/memory.ts';

const FACTS = 1_200;
const EPISODES = 1_300;

describe('what has expired', () => {
  it('is deleted by several orchestrators at once, all of it, and nothing else', { timeout: 60_000 }, async () => {
    const opened = await openTestDatabase();
    const other = await openAgain(opened.url);
    const clock = createManualClock();
    const store = createMemoryStore({ database: opened.database, clock, limits: { maxEpisodesPerSession: 10_000 } });
    const tenant = newTenantId();
    const collection = { tenant, name: 'notes', model: 'm', dimensions: 4 };
    await store.collections.create(collection);
    const expiresAt = new Date(clock.now() + 1_000);
    const facts = Array.from({ length: FACTS }, (_, seed) => fact('soon', unitVector(seed, 4), { expiresAt }));
    await store.facts.add(collection, facts);
    await store.facts.add(collection, [fact('kept', unitVector(0, 4))]);
    await opened.database.query({
      text: `insert into memory_episodes (tenant, session, id, content, tokens, created_at, expires_at)
        select $1, 's' || i % 7, gen_random_uuid(), 'soon', 1, now(), $2 from generate_series(1, ${EPISODES}) i`,
      values: [tenant, expiresAt],
    });
    await store.episodes.add(episode(tenant, 's1', 'kept'));
    clock.advance(1_001);
    const counts = async (): Promise<unknown> => {
      const { rows } = await opened.database.query({
        text: `select (select count(*)::int4 from memory_facts where tenant = $1) as facts,
          (select count(*)::int4 from memory_vectors where tenant = $1) as vectors,
          (select count(*)::int4 from memory_episodes where tenant = $1) as episodes,
          (select fact_count from memory_collections where tenant = $1) as counted`,
        values: [tenant],
      });
      return rows[0];
    };

    const faults: unknown[] = [];
    const deleted = { facts: 0, episodes: 0 };
    const purgeOn = ({ database }: Pick<TestDatabase, 'database'>): Periodic =>
      createPeriodic({
        ...{ clock: systemClock, intervalMs: 20, random: Math.random, reportFault: (error) => faults.push(error) },
        async work() {
          const gone = await createMemoryStore({ database, clock }).forgetting.purge();
          deleted.facts += gone.facts;
          deleted.episodes += gone.episodes;
        },
      });
    const purges = [opened, other, opened, other].map(purgeOn);
    for (const purge of purges) purge.start();
    await expect.poll(counts, { timeout: 30_000 }).toEqual({ facts: 1, vectors: 1, episodes: 1, counted: 1 });
    await Promise.all(purges.map((purge) => purge.close()));
    await Promise.all(purges.map((purge) => purge.close()));
    expect(deleted).toEqual({ facts: FACTS, episodes: EPISODES });
    expect(faults).toEqual([]);
    await other.close();
    await opened.close();
  });

  it('goes on after a fault, and ends between two statements', async () => {
    const faults: unknown[] = [];
    let asked = 0;
    const purge = createPeriodic({
      ...{ clock: systemClock, intervalMs: 5, random: () => 0.5, reportFault: (error) => faults.push(error) },
      work(signal) {
        asked += 1;
        if (asked === 1) return Promise.reject(new Error('away'));
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      },
    });
    purge.start();
    await expect.poll(() => asked).toBe(2);
    await purge.close();
    expect(faults).toEqual([new Error('away')]);
  });

  it('is gone for good while a server runs', { timeout: 60_000 }, async () => {
    const opened = await openTestDatabase();
    const app = await startTestApp({ databaseUrl: opened.url, environment: { ICEOS_MEMORY_PURGE_MS: '1000' } });
    const tenant = newTenantId();
    await opened.stores.memory.episodes.add(episode(tenant, 's', 'kept'));
    await opened.stores.memory.episodes.add(episode(tenant, 's', 'old', { expiresAt: new Date(Date.now() - 1) }));
    const contents = async (): Promise<unknown> =>
      (
        await opened.database.query({
          text: 'select content from memory_episodes where tenant = $1',
          values: [tenant],
        })
      ).rows;
    await expect.poll(contents, { timeout: 20_000, interval: 200 }).toEqual([{ content: 'kept' }]);
    await app.close();
    await opened.close();
  });
});
