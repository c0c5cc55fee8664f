import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../src/core/audit.ts';
import type { SealedRange } from '../../../src/core/audit-seal.ts';
import { DEFAULT_TENANT } from '../../../src/core/ids.ts';
import { DAY_MS } from '../../../src/core/units.ts';
import {
  AuditChainCutError,
  createAuditSealing,
  type AuditHead,
  type AuditSealingDeps,
} from '../../../src/orchestrator/audit-sealing.ts';
import type { AuditSealStore } from '../../../src/store/audit-seal-store.ts';
import { verifyAuditLog, type VerifyAuditLogDeps } from '../../../src/use-cases/verify-audit-log.ts';
import {
  openAgain,
  openEmbeddedTestDatabase,
  openTestDatabase,
  type EmbeddedTestDatabase,
  type ServerTestDatabase,
} from '../../support/database.ts';

const KEY = Buffer.alloc(32, 7);
const RETENTION_MS = 30 * DAY_MS;
const START = Date.UTC(2026, 0, 1);

let opened: ServerTestDatabase;
let now: number;
let head: AuditHead | undefined;
beforeEach(async () => {
  opened = await openTestDatabase();
  now = START;
  head = undefined;
});
afterEach(() => opened.close());

const { signal } = new AbortController();
const entry = (subject: string): AuditEntry => ({
  ...{ at: now, tenant: DEFAULT_TENANT, subject, action: 'createBlueprint', nounId: 'b', fields: ['name'] },
});
const write = async (...subjects: readonly string[]): Promise<void> => {
  for (const subject of subjects) await opened.stores.audit.record(entry(subject));
};

function sealing(more: Partial<AuditSealingDeps> = {}) {
  const sealed: SealedRange[] = [];
  const turn = createAuditSealing({
    seals: opened.stores.auditSeals,
    head: { read: async () => head, write: async (written) => void (head = written) },
    ...{ key: KEY, maxRows: 2, retentionMs: RETENTION_MS, clock: { now: () => now } },
    onSealed: (range) => sealed.push(range),
    ...more,
  });
  return {
    sealed,
    turn: () => turn(signal),
    /** Marks, and seals what was marked. */
    async twice() {
      await turn(signal);
      await turn(signal);
    },
  };
}

const verify = (more: Partial<VerifyAuditLogDeps> = {}) =>
  verifyAuditLog({
    ...{ seals: opened.stores.auditSeals, key: KEY, known: [], retentionMs: RETENTION_MS, clock: { now: () => now } },
    ...more,
  });

/** As somebody who may do everything to the database. */
const tamper = (text: string) =>
  opened.database.use((tables) =>
    tables.transaction(async (transaction) => {
      await transaction.execute('set local role none');
      await transaction.execute("set local session_replication_role = 'replica'");
      await transaction.execute(text);
    }),
  );

describe('the seals of the audit log', () => {
  it('hold whole ranges of rows, one after the other, and nothing that is not there', async () => {
    const one = sealing();
    await one.twice();
    expect(one.sealed).toEqual([]);
    expect(await verify()).toEqual({ fault: undefined, ranges: 0, rows: 0, unsealed: 0, head: undefined });
    await write('a', 'b', 'c');
    await one.twice();
    expect(one.sealed.map(({ number, afterId, lastId, rowCount }) => ({ number, afterId, lastId, rowCount }))).toEqual([
      { number: 1, afterId: '0', lastId: '2', rowCount: 2 },
      { number: 2, afterId: '2', lastId: '3', rowCount: 1 },
    ]);
    await write('d');
    const seal = one.sealed[1]?.seal;
    expect(head).toEqual({ number: 2, seal });
    expect(await verify({ known: head ? [head] : [] })).toEqual({
      ...{ fault: undefined, ranges: 2, rows: 3, unsealed: 1, head: { number: 2, seal } },
    });
  });

  it.each([
    ['a row is changed', "update audit_log set subject = 'x' where id = 4", 2],
    ['the fields of a row are changed', "update audit_log set fields = '{}' where id = 1", 1],
    ['a row is deleted', 'delete from audit_log where id = 4', 2],
    [
      'a row is put in',
      `insert into audit_log overriding system value select 2, tenant, at, subject, action, noun,
      noun_id, outcome, fields from audit_log where id = 3`,
      1,
    ],
    ['a range is deleted', 'delete from audit_seals where number = 2', 2],
    ['the first range is deleted', 'delete from audit_seals where number = 1', 1],
    ['a seal is changed', 'update audit_seals set row_count = 1 where number = 2', 2],
    ['the end is cut', 'delete from audit_seals where number = 3', 3],
    ['all is deleted', 'delete from audit_seals', 1],
  ])('are found not to hold when %s', async (_what, text, range) => {
    await write('a', 'gone', 'b', 'c', 'd', 'e');
    await tamper('delete from audit_log where id = 2');
    await sealing().twice();
    const known = head ? [head] : [];
    expect(await verify({ known })).toMatchObject({ fault: undefined, ranges: 3, rows: 5 });
    await tamper(text);
    expect((await verify({ known })).fault).toMatchObject({ range });
  });

  it('hold which credential it was, and what was sealed before rows named one', async () => {
    await write('of before');
    await opened.stores.audit.record({ ...entry('ada'), credential: { kind: 'token', id: 'token-1' } });
    const one = sealing({ maxRows: 1 });
    await one.twice();
    const row = ['1', DEFAULT_TENANT, START, 'of before', 'createBlueprint', 'Blueprint', 'b', 'done', ['name']];
    const digest = createHash('sha256')
      .update(`${JSON.stringify(row)}\n`)
      .digest('hex');
    expect(one.sealed[0]).toMatchObject({ digest });
    expect((await verify()).fault).toBeUndefined();
    for (const [range, change] of [
      [2, "credential_id = 'token-2'"],
      [2, 'credential_kind = null, credential_id = null'],
      [1, "credential_kind = 'apiKey'"],
    ] as const) {
      await tamper('create table if not exists before_that as select * from audit_log');
      await tamper(`update audit_log set ${change} where id = ${range}`);
      expect((await verify()).fault).toMatchObject({ range });
      await tamper(`update audit_log a set credential_kind = b.credential_kind, credential_id = b.credential_id
        from before_that b where b.id = a.id`);
    }
    expect((await verify()).fault).toBeUndefined();
  });

  it('are found not to hold with another key, and when they were made anew', async () => {
    await write('a');
    await sealing().twice();
    expect((await verify({ key: Buffer.alloc(32, 8) })).fault).toMatchObject({ range: 1 });
    const known = head ? [head] : [];
    await tamper('delete from audit_seals');
    await tamper("update audit_log set subject = 'x'");
    const again = sealing();
    await expect(again.turn()).rejects.toThrow(AuditChainCutError);
    // Another process, which knows nothing of it, seals the changed row.
    head = undefined;
    now += 1;
    await sealing().twice();
    expect((await verify({ known })).fault).toMatchObject({ range: 1 });
  });

  it('wait for who is still writing: no row comes into a range that is sealed', async () => {
    const other = await openAgain(opened.url);
    const one = sealing();
    let commit = (): void => undefined;
    let written = (): void => undefined;
    const isWritten = new Promise<void>((resolve) => (written = resolve));
    const slow = other.database.use((tables) =>
      tables.transaction(async (transaction) => {
        await transaction.execute(`insert into audit_log (tenant, at, subject, action, noun, outcome, fields)
          values ('${DEFAULT_TENANT}', now(), 'slow', 'createBlueprint', 'Blueprint', 'done', '{}')`);
        written();
        await new Promise<void>((resolve) => (commit = resolve));
      }),
    );
    await isWritten;
    await write('quick');
    await one.twice();
    await one.turn();
    expect(one.sealed).toEqual([]);
    commit();
    await slow;
    await one.turn();
    expect(one.sealed).toMatchObject([{ lastId: '2', rowCount: 2 }]);
    expect((await verify()).fault).toBeUndefined();
    await other.close();
  });

  it('are made by one process at a time', async () => {
    const other = await openAgain(opened.url);
    await write(...Array.from({ length: 40 }, (_, at) => `s${at}`));
    const all = [opened, other, opened, other].map(({ stores }) => sealing({ seals: stores.auditSeals }));
    await Promise.all(all.map((one) => one.turn()));
    await Promise.all(all.map((one) => one.turn()));
    // Who finds another at it leaves the rest for the next turn; so may all of them at once.
    await all[0]?.twice();
    expect(await verify()).toMatchObject({ fault: undefined, ranges: 20, rows: 40, unsealed: 0 });
    await other.close();
  });
});

describe('the seals of the embedded database', () => {
  let embedded: EmbeddedTestDatabase;
  beforeAll(async () => {
    embedded = await openEmbeddedTestDatabase();
  });
  afterAll(() => embedded.close());

  it('are made in the same way', async () => {
    const { audit, auditSeals: seals } = embedded.stores;
    await audit.record(entry('a'));
    const one = sealing({ seals });
    await one.twice();
    expect(one.sealed).toMatchObject([{ number: 1, rowCount: 1 }]);
    expect((await verify({ seals })).fault).toBeUndefined();
  });
});

describe('the retention of the audit log', () => {
  it('deletes whole ranges that are old enough, and the rest still holds', async () => {
    const one = sealing();
    await write('a', 'b', 'c', 'd');
    await one.twice();
    now += 10 * DAY_MS;
    await write('e', 'f');
    await one.twice();
    now = START + RETENTION_MS + 1;
    await one.turn();
    const { rows } = await opened.database.query({ text: 'select id::int from audit_log order by id' });
    expect(rows).toEqual([{ id: 5 }, { id: 6 }]);
    expect(await verify()).toMatchObject({ fault: undefined, ranges: 1, rows: 2 });
    // With a longer retention they would have to be there.
    expect((await verify({ retentionMs: 2 * RETENTION_MS })).fault).toMatchObject({ range: 2 });
  });

  it.each(['list', 'rows'] as const)('may go on while somebody verifies, before the %s are read', async (read) => {
    const one = sealing();
    await write('a', 'b', 'c', 'd', 'e');
    await one.twice();
    const { auditSeals } = opened.stores;
    let reads = 0;
    const seals: AuditSealStore = {
      ...auditSeals,
      async [read](range: never) {
        reads += 1;
        // What is read next was there when the one who verifies began.
        if (reads === 2) {
          now = START + RETENTION_MS + 1;
          await one.turn();
        }
        return auditSeals[read](range);
      },
    };
    expect(await verify({ seals })).toMatchObject({ fault: undefined, ranges: 1, rows: 1 });
    expect(await verify()).toMatchObject({ fault: undefined, ranges: 1, rows: 1 });
  });

  it('hides no range that went before its time while somebody verifies', async () => {
    const one = sealing();
    await write('a', 'b', 'c', 'd', 'e');
    await one.twice();
    const { auditSeals } = opened.stores;
    const seals: AuditSealStore = {
      ...auditSeals,
      async rows(range) {
        await tamper('delete from audit_log where id <= 4');
        await tamper('delete from audit_seals where number <= 2');
        return auditSeals.rows(range);
      },
    };
    expect((await verify({ seals })).fault).toMatchObject({ range: 2 });
  });

  it('keeps what is not sealed, and the newest range, however old they are', async () => {
    const one = sealing();
    await write('a');
    await one.twice();
    await write('b');
    now += 100 * DAY_MS;
    await sealing().turn();
    expect(await verify()).toMatchObject({ fault: undefined, ranges: 1, rows: 1, unsealed: 1 });
  });
});
