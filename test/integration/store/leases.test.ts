import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_TENANT, type BlueprintId, type ExecutionId, type OrchestratorId } from '../../../src/core/ids.ts';
import type { Lease } from '../../../src/store/lease-store.ts';
import type { Stores } from '../../../src/store/stores.ts';
import { openAgain, openTestDatabase, type ServerTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  appendRequest,
  AT,
  finished,
  insertBlueprint,
  newOrchestratorId,
  RUNNING,
  sequencesOf,
  startRequest,
  upTo,
} from '../../support/journal.ts';

const LEASE_MS = 60_000;

describe('leases of two processes on one Postgres', () => {
  let mine: ServerTestDatabase;
  let theirs: TestDatabase;
  let blueprint: BlueprintId;
  let me: OrchestratorId;
  let they: OrchestratorId;

  beforeAll(async () => {
    mine = await openTestDatabase();
    blueprint = await insertBlueprint(mine.stores);
  });
  afterAll(() => mine.close());

  beforeEach(async () => {
    theirs = await openAgain(mine.url);
    me = newOrchestratorId();
    they = newOrchestratorId();
    await mine.stores.leases.register(me, LEASE_MS);
    await theirs.stores.leases.register(they, LEASE_MS);
  });
  afterEach(async () => {
    await mine.database.query({ text: 'update executions set lease_owner = null, due_at = null' });
    await mine.stores.leases.unregister(me);
    await theirs.close();
  });

  async function start(stores: Stores, owner?: OrchestratorId): Promise<ExecutionId> {
    const request = startRequest(blueprint, { owner });
    await stores.executions.start(request);
    return request.id;
  }

  const idsOf = (leases: readonly Lease[]) => leases.map(({ executionId }) => executionId);
  const cancel = (executionId: ExecutionId) =>
    mine.stores.events.requestCancel({
      tenant: DEFAULT_TENANT,
      executionId,
      at: AT,
      requestedBy: 'Ada',
      reason: undefined,
    });

  test('a claim gives a new token, and the old one is worth nothing', async () => {
    const id = await start(mine.stores);
    const first = await mine.stores.leases.claim(me, id);
    expect(first).toMatchObject({ executionId: id, tenant: DEFAULT_TENANT, token: 1, lastSequence: 1 });
    await mine.stores.leases.releaseAll(me);
    expect(await theirs.stores.leases.claim(they, id)).toMatchObject({ token: 2, previousOwnerDied: false });
    expect(await mine.stores.events.append(appendRequest(id))).toBe('stale');
    expect(await theirs.stores.events.append(appendRequest(id, { leaseToken: 2 }))).toBe('wrote');
  });

  test('claims of two owners never overlap, and find everything', async () => {
    const ids = await Promise.all(upTo(200).map(() => start(mine.stores)));
    const claimed: ExecutionId[] = [];
    const claimAll = async ({ stores }: TestDatabase, id: OrchestratorId): Promise<void> => {
      for (;;) {
        const leases = await stores.leases.claimDue(id, 7);
        claimed.push(...idsOf(leases));
        if (leases.length === 0) return;
      }
    };
    await Promise.all([claimAll(mine, me), claimAll(theirs, they), claimAll(mine, me), claimAll(theirs, they)]);
    // Rows that another sweep was just taking were skipped: a last look finds them.
    claimed.push(...idsOf(await mine.stores.leases.claimDue(me, 500)));
    expect(claimed.toSorted()).toEqual(ids.toSorted());
  });

  test('a claim tells for how long the execution was due', async () => {
    const id = await start(mine.stores);
    await mine.database.query({
      text: "update executions set due_at = now() - interval '7 s' where id = $1",
      values: [id],
    });
    const { oldestDueMs } = await mine.stores.condition.read();
    const [lease] = await mine.stores.leases.claimDue(me, 1);
    for (const dueForMs of [oldestDueMs, lease?.dueForMs]) {
      expect(dueForMs).toBeGreaterThanOrEqual(7_000);
      expect(dueForMs).toBeLessThan(60_000);
    }
    expect((await mine.stores.condition.read()).oldestDueMs).toBe(0);
    // It was not waiting for anybody: its owner died.
    await mine.stores.leases.unregister(me);
    expect((await theirs.stores.leases.claimDue(they, 1))[0]?.dueForMs).toBeUndefined();
  });

  test('what somebody living holds is nobody else’s', async () => {
    const id = await start(theirs.stores, they);
    expect(await mine.stores.leases.claim(me, id)).toBeUndefined();
    expect(await mine.stores.leases.claimDue(me, 100)).toEqual([]);
  });

  test('what a process held that is gone is claimed at once', async () => {
    const id = await start(theirs.stores, they);
    // Its connections end with it; its row has most of a minute left.
    await theirs.database.close();
    const [lease] = await mine.stores.leases.claimDue(me, 100);
    expect(lease).toMatchObject({ executionId: id, token: 2, previousOwnerDied: true });
  });

  test('what a silent owner held is claimed when its row has expired', async () => {
    const id = await start(theirs.stores, they);
    expect((await theirs.stores.leases.heartbeat(they, 0)).alive).toBe(true);
    expect(await mine.stores.leases.claim(me, id)).toMatchObject({ previousOwnerDied: true });
    expect((await theirs.stores.leases.heartbeat(they, LEASE_MS)).alive).toBe(false);
    expect(await theirs.stores.events.append(appendRequest(id))).toBe('stale');
  });

  test('a lost connection ends the incarnation, which hears of it at once', async () => {
    const id = await start(theirs.stores, they);
    const owner = newOrchestratorId();
    let hear = (): void => undefined;
    const lost = new Promise<void>((resolve) => (hear = resolve));
    await mine.stores.leases.register(owner, LEASE_MS, hear);
    const alive = await mine.stores.leases.heartbeat(owner, LEASE_MS);
    expect(alive).toMatchObject({ alive: true, othersAlive: true });
    expect(Number.isInteger(alive.databaseNow)).toBe(true);

    const held = await start(mine.stores, owner);
    await mine.cutConnections('iceos heartbeat');
    await lost;
    await Promise.all([mine, theirs].map(({ database }) => database.heartbeat.ready(10_000)));
    expect((await mine.stores.leases.heartbeat(owner, LEASE_MS)).alive).toBe(false);

    // All heartbeats were cut: whoever registers anew claims what both held.
    await mine.stores.leases.register(newOrchestratorId(), LEASE_MS);
    const claimed = await mine.stores.leases.claimDue(newOrchestratorId(), 100);
    expect(idsOf(claimed).toSorted()).toEqual([id, held].toSorted());
    expect(claimed.every(({ previousOwnerDied }) => previousOwnerDied)).toBe(true);
  });

  test('a parked execution is woken by its time or by a request', async () => {
    const [later, waiting, now] = [
      await start(mine.stores, me),
      await start(mine.stores, me),
      await start(mine.stores, me),
    ];
    const park = (executionId: ExecutionId, dueAt: number | null) =>
      mine.stores.leases.park({ executionId, token: 1, lastSequence: 1, dueAt, status: 'waiting' });
    expect(await park(later, Date.now() + 1_000_000)).toBe('parked');
    expect(await park(waiting, null)).toBe('parked');
    expect(await park(now, Date.now() - 1_000)).toBe('parked');
    expect(idsOf(await theirs.stores.leases.claimDue(they, 100))).toEqual([now]);
    await cancel(waiting);
    expect(idsOf(await theirs.stores.leases.claimDue(they, 100))).toEqual([waiting]);
  });

  test('parking is refused when a request came first, or the lease is gone', async () => {
    const id = await start(mine.stores, me);
    const park = { executionId: id, token: 1, lastSequence: 1, dueAt: null, status: 'waiting' } as const;
    await cancel(id);
    expect(await mine.stores.leases.park(park)).toBe('moved');
    expect(await mine.stores.leases.park({ ...park, token: 0, lastSequence: 2 })).toBe('stale');
    expect(await mine.stores.leases.park({ ...park, lastSequence: 2 })).toBe('parked');
    expect(await mine.stores.leases.park({ ...park, lastSequence: 2 })).toBe('stale');
  });

  test('an owner finds its own executions that a request is waiting for, until it has folded it', async () => {
    const id = await start(mine.stores, me);
    expect(await mine.stores.leases.ownDue(me)).toEqual([]);
    await cancel(id);
    expect(await mine.stores.leases.ownDue(me)).toEqual([id]);
    await mine.stores.events.append(appendRequest(id, { expected: 2, dueAt: null }));
    expect(await mine.stores.leases.ownDue(me)).toEqual([]);
  });

  test('an owner finds what it holds, also when the answer to its claim was lost, until it is finished', async () => {
    const [id, waiting] = [await start(mine.stores), await start(mine.stores)];
    await mine.stores.leases.claim(me, id);
    const { leases, events } = mine.stores;
    expect(await leases.owned(me)).toEqual([
      {
        executionId: id,
        tenant: DEFAULT_TENANT,
        token: 1,
        lastSequence: 1,
        previousOwnerDied: false,
        dueForMs: undefined,
      },
    ]);
    expect(idsOf(await leases.owned(they))).not.toContain(waiting);
    const projection = { ...RUNNING, status: 'succeeded' as const };
    await events.append(appendRequest(id, { events: [finished(2)], projection }));
    expect(await leases.owned(me)).toEqual([]);
  });

  test('a finished execution is due for nobody', async () => {
    const id = await start(mine.stores, me);
    const projection = { ...RUNNING, status: 'succeeded' as const };
    await mine.stores.events.append(
      appendRequest(id, { events: [finished(2)], projection, dueAt: Date.now() - 5_000 }),
    );
    await mine.stores.leases.releaseAll(me);
    expect(await theirs.stores.leases.claimDue(they, 100)).toEqual([]);
    expect(await theirs.stores.leases.claim(they, id)).toBeUndefined();
  });

  test('owners that steal from each other while they write leave no gap and no stale event', async () => {
    const id = await start(mine.stores);
    let done = false;
    let wrote = 0;
    const work = async ({ stores }: TestDatabase): Promise<void> => {
      while (!done) {
        const owner = newOrchestratorId();
        await stores.leases.register(owner, LEASE_MS);
        const lease = await stores.leases.claim(owner, id);
        // The row goes while the work goes on, as if this process had been silent for too long.
        const gone = stores.leases.unregister(owner);
        for (let sequence = lease?.lastSequence ?? 0; lease; sequence += 1) {
          const append = appendRequest(id, { leaseToken: lease.token, expected: sequence });
          if ((await stores.events.append(append)) !== 'wrote') break;
          wrote += 1;
          if (wrote >= 500) done = true;
          if (done) break;
        }
        await gone;
      }
    };
    await Promise.all([work(mine), work(theirs)]);
    const sequences = await sequencesOf(mine.stores, id);
    expect(sequences).toEqual(upTo(wrote + 1));
  });
});
