import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSweep } from '../../../src/app/open-sweep.ts';
import { ApiKeyId, DEFAULT_TENANT, ExecutionId, TokenDenialId } from '../../../src/core/ids.ts';
import { DAY_MS, MINUTE_MS } from '../../../src/core/units.ts';
import { createJournalClock } from '../../../src/orchestrator/journal-clock.ts';
import { openEmbeddedTestDatabase, openTestDatabase, type TestDatabase } from '../../support/database.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };
const RETENTION_MS = 30 * DAY_MS;

describe.each(Object.entries(databases))('Rows that nobody reads any more, on %s,', (_name, open) => {
  let opened: TestDatabase;
  let clock: ManualClock;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    clock = createManualClock();
    for (const table of ['api_keys', 'rate_limits', 'stream_tickets', 'token_denials'])
      await opened.database.query({ text: `delete from ${table}` });
  });

  const sweep = (maxRows = 100) =>
    opened.stores.expiredRows.sweep({ now: clock.now(), voidKeyRetentionMs: RETENTION_MS, maxRows });
  const NOTHING = { apiKeys: 0, rateLimits: 0, streamTickets: 0, tokenDenials: 0 };

  async function addKey(name: string, end: { expiresAt?: number; revokedAt?: number } = {}): Promise<void> {
    const { expiresAt, revokedAt } = end;
    const record = {
      ...{ id: ApiKeyId.parse(uuid()), tenant: DEFAULT_TENANT, name, secretHash: Buffer.alloc(32), scopes: [] },
      ...{ createdAt: clock.now(), expiresAt, revokedAt, usedAt: undefined },
    };
    await opened.stores.credentials.insertApiKey(record, { maxKeys: 1_000 });
  }
  const keys = async (): Promise<readonly string[]> => {
    const page = { limit: 100, direction: 'backward' } as const;
    return (await opened.stores.credentials.listApiKeys(DEFAULT_TENANT, page)).items.map(({ name }) => name).toSorted();
  };
  const addTicket = (expiresAt: number) =>
    opened.stores.tickets.insert(
      {
        ...{ secretHash: Buffer.from(uuid()), tenant: DEFAULT_TENANT, executionId: ExecutionId.parse(uuid()) },
        ...{ subject: 'ada', credential: '{}', expiresAt },
      },
      { maxTickets: 100, now: clock.now() },
    );
  const deny = (value: string, expiresAt: number | undefined) =>
    opened.stores.denials.insert(
      {
        ...{ id: TokenDenialId.parse(uuid()), tenant: DEFAULT_TENANT, kind: 'jti', value, expiresAt },
        ...{ deniedAt: clock.now(), deniedBy: 'admin' },
      },
      { maxDenials: 100 },
    );
  const countRate = (key: string, expire: number | null) =>
    opened.database.query({
      text: 'insert into rate_limits (key, points, expire) values ($1, 1, $2)',
      values: [key, expire],
    });

  it('go when they have expired, and a minute more for clocks that are behind', async () => {
    const end = clock.now() + 1_000;
    await addTicket(end);
    await addTicket(end + 1);
    await deny('ends', end);
    await deny('ends later', end + 1);
    await deny('never ends', undefined);
    await countRate('ends', end);
    await countRate('ends later', end + 1);
    await countRate('never ends', null);
    clock.advance(1_000 + MINUTE_MS - 1);
    expect(await sweep()).toEqual(NOTHING);
    clock.advance(1);
    expect(await sweep()).toEqual({ apiKeys: 0, rateLimits: 1, streamTickets: 1, tokenDenials: 1 });
    expect(await sweep()).toEqual(NOTHING);
    clock.advance(100 * DAY_MS);
    expect(await sweep()).toEqual({ apiKeys: 0, rateLimits: 1, streamTickets: 1, tokenDenials: 1 });
    expect(await sweep()).toEqual(NOTHING);
  });

  it('go when they are keys that are void for so long, whichever way they ended; valid ones and the newest stay', async () => {
    const end = clock.now() + 1_000;
    await addKey('expired', { expiresAt: end });
    await addKey('revoked', { revokedAt: end });
    await addKey('revoked before it expired', { revokedAt: end, expiresAt: end + 90 * DAY_MS });
    await addKey('expired later', { expiresAt: end + 1 });
    await addKey('valid');
    await addKey('the newest', { revokedAt: end });
    clock.advance(1_000 + RETENTION_MS + MINUTE_MS - 1);
    expect(await sweep()).toEqual(NOTHING);
    clock.advance(1);
    expect(await sweep()).toEqual({ ...NOTHING, apiKeys: 3 });
    expect(await keys()).toEqual(['expired later', 'the newest', 'valid']);
  });

  it('leave a store that has had keys such a store: nobody gets a first key of it', async () => {
    for (const name of ['one', 'two']) await addKey(name, { revokedAt: clock.now() + 1 });
    clock.advance(10 * RETENTION_MS);
    await sweep();
    expect(await keys()).toEqual(['two']);
    expect(await opened.stores.credentials.isEmpty()).toBe(false);
  });

  it('go in bounded batches', async () => {
    for (let n = 0; n < 5; n += 1) await countRate(`rate ${n}`, clock.now());
    clock.advance(2 * MINUTE_MS);
    const passes = [await sweep(2), await sweep(2), await sweep(2)];
    expect(passes.map(({ rateLimits }) => rateLimits)).toEqual([2, 2, 1]);
  });

  it('are swept again and again by a process', async () => {
    await countRate('early', clock.now());
    const faults: unknown[] = [];
    const sweeping = openSweep({
      clock: createJournalClock(clock),
      config: { sweepEveryMs: 10 * MINUTE_MS, sweepMaxRows: 1, voidKeyRetentionMs: RETENTION_MS },
      reportFault: (error) => faults.push(error),
      store: opened.stores,
    });
    sweeping.start();
    const left = async (): Promise<unknown> =>
      (await opened.database.query({ text: 'select key from rate_limits' })).rows.map(({ key }) => key);
    expect(await left()).toEqual(['early']);
    clock.advance(15 * MINUTE_MS);
    await expect.poll(left).toEqual([]);
    await countRate('late', clock.now() - 2 * MINUTE_MS);
    await expect
      .poll(async () => {
        clock.advance(15 * MINUTE_MS);
        return left();
      })
      .toEqual([]);
    await sweeping.close();
    expect(faults).toEqual([]);
  });
});
