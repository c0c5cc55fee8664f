import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../src/core/audit.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { DEFAULT_TENANT, type ExecutionId } from '../../../src/core/ids.ts';
import type { Database } from '../../../src/store/database.ts';
import type { Query } from '../../../src/store/session.ts';
import { createStores } from '../../../src/store/stores.ts';
import { startTestApp } from '../../support/app.ts';
import { auditOfTenant } from '../../support/audit.ts';
import { openEmbeddedTestDatabase, openTestDatabase } from '../../support/database.ts';
import {
  appendRequest,
  AT,
  insertBlueprint,
  newOrchestratorId,
  someDigest,
  startRequest,
  upTo,
} from '../../support/journal.ts';

const entryOf = (nounId: ExecutionId, subject = 'ada'): AuditEntry => ({
  ...{ at: AT, tenant: DEFAULT_TENANT, subject, action: 'startExecution', nounId, fields: ['input'] },
});

/** The database, with a note of each statement that is sent to it. */
function counted(database: Database): { readonly database: Database; readonly statements: string[] } {
  const statements: string[] = [];
  const noting =
    (query: Query): Query =>
    (config) => {
      statements.push(config.name ?? config.text);
      return query(config);
    };
  const journal = { ...database.journal, query: noting(database.journal.query) };
  const of: Database['of'] = (tenant) => ({ ...database.of(tenant), query: noting(database.of(tenant).query) });
  return { database: { ...database, of, query: noting(database.query), journal }, statements };
}

const databases = { Postgres: openTestDatabase, 'the embedded database': openEmbeddedTestDatabase };

describe.each(Object.entries(databases))('the audit rows of executions on %s', (_name, open) => {
  it('cost no statement, and are as many as the starts that are new', async () => {
    const opened = await open();
    const blueprint = await insertBlueprint(opened.stores);
    const { database, statements } = counted(opened.database);
    const stores = createStores({ database, clock: systemClock });
    const idempotency = { key: 'k', argumentsHash: someDigest() };
    const owner = newOrchestratorId();
    const first = startRequest(blueprint, { owner });
    await stores.executions.start({ ...first, audit: entryOf(first.id) });
    expect(statements).toEqual(['iceos_appends_and_starts']);
    statements.length = 0;
    await stores.events.append(appendRequest(first.id, { expected: first.events.length }));
    expect(statements).toEqual(['iceos_appends']);
    const subject = '\u0000odd \ud800 name';
    const requests = upTo(8).map(() => startRequest(blueprint, { idempotency }));
    await Promise.all(requests.map((one) => stores.executions.start({ ...one, audit: entryOf(one.id, subject) })));
    // Of nobody who asked: it has no row.
    await stores.executions.start(startRequest(blueprint));
    statements.length = 0;
    const cancel = { tenant: DEFAULT_TENANT, executionId: first.id, at: AT, requestedBy: 'ada', reason: undefined };
    const audit: AuditEntry = { ...entryOf(first.id), action: 'cancelExecution' };
    expect(await stores.events.requestCancel({ ...cancel, audit })).toBe('recorded');
    expect(statements).toEqual(['iceos_request_cancel']);
    expect(await stores.events.requestCancel({ ...cancel, audit })).toBe('alreadyRequested');
    const rows = await auditOfTenant(opened, DEFAULT_TENANT);
    expect(rows.map(({ action, subject: by, noun }) => [action, by, noun])).toEqual([
      ['startExecution', 'ada', 'Execution'],
      ['startExecution', 'odd \ufffd name', 'Execution'],
      ['cancelExecution', 'ada', 'Execution'],
    ]);
    await stores.batcher.close();
    await opened.close();
  });
});

describe('the audit row of an execution', () => {
  it('is there too when the process that answers carries it forward at once', async () => {
    const opened = await openTestDatabase();
    const app = await startTestApp({ databaseUrl: opened.url });
    const { id } = await app.run({ name: 'flow', nodes: { one: { kind: 'transform', output: 1 } } });
    await app.close();
    const rows = await auditOfTenant(opened, DEFAULT_TENANT);
    expect(rows.map(({ action }) => action)).toEqual(['createBlueprint', 'publishBlueprint', 'startExecution']);
    expect(rows[2]).toMatchObject({ nounId: id, subject: 'author', fields: ['blueprintId', 'input'] });
    await opened.close();
  });
});
