import type { AuditEntry, AuditFilter, AuditRecord } from '../core/audit.ts';
import type { TenantId } from '../core/ids.ts';
import { toAuditRow } from './audit-rows.ts';
import { auditLog } from './audit-tables.ts';
import type { Database } from './database.ts';
import { rowLimit, toPage, type Page, type PageArguments } from './page.ts';
import { createParameters, unseen } from './parameters.ts';

/** The audit log, for those who read it, and for what changes nothing of the database beside it. */
export interface AuditStore {
  /** Answers with the ID of the entry. */
  record(entry: AuditEntry): Promise<string>;
  /** Newest first; the key is an ID. */
  list(tenant: TenantId, filter: AuditFilter, page: PageArguments<string>): Promise<Page<AuditRecord>>;
  getMany(tenant: TenantId, ids: readonly string[]): Promise<readonly (AuditRecord | undefined)[]>;
}

type Columns = typeof auditLog.$inferSelect;
export type AuditRow = Omit<Columns, 'id' | 'at' | 'nounId' | 'credentialKind' | 'credentialId'> & {
  readonly at: number;
  readonly id: string;
  readonly noun_id: string | null;
  readonly credential_kind: Columns['credentialKind'];
  readonly credential_id: string | null;
};

/** The instant as a number: a statement in drizzle's transaction gives times as text. */
export const AUDIT_COLUMNS = `id::text as id, tenant, round(extract(epoch from at) * 1000)::float8 as at, subject, action, noun, noun_id,
  outcome, fields, credential_kind, credential_id`;

export function createAuditStore({ database }: { readonly database: Pick<Database, 'of'> }): AuditStore {
  const { of } = database;
  return {
    async record(entry) {
      const rows = await of(entry.tenant).use((tables) =>
        tables.insert(auditLog).values(toAuditRow(entry)).returning({ id: auditLog.id }),
      );
      return String(rows[0]?.id);
    },
    async list(tenant, { from, to, subject, actions, noun }, page) {
      const order = page.direction === 'forward' ? 'desc' : 'asc';
      const { values, add } = createParameters();
      const where = [`tenant = ${add(tenant)}`];
      if (from !== undefined) where.push(`at >= ${add(new Date(from))}`);
      if (to !== undefined) where.push(`at < ${add(new Date(to))}`);
      if (subject !== undefined) where.push(`subject = ${unseen(add(subject), 'varchar')}`);
      if (actions !== undefined) where.push(`action = any(${unseen(add(actions), 'text[]')}::text[])`);
      if (noun !== undefined)
        where.push(`noun = ${unseen(add(noun.kind), 'varchar')} and noun_id = ${unseen(add(noun.id), 'varchar')}`);
      if (page.after !== undefined) where.push(`id < ${add(page.after)}::int8`);
      if (page.before !== undefined) where.push(`id > ${add(page.before)}::int8`);
      const { rows } = await of(tenant).query<AuditRow>({
        text: `select ${AUDIT_COLUMNS} from audit_log a where ${where.join(' and ')}
          order by a.id ${order} limit ${add(rowLimit(page))}`,
        values: [...values],
      });
      return toPage(rows.map(toAuditRecord), page);
    },
    async getMany(tenant, ids) {
      const { rows } = await of(tenant).query<AuditRow>({
        name: 'iceos_get_audit_entries',
        text: `select ${AUDIT_COLUMNS} from audit_log where tenant = $1 and id = any($2::int8[])`,
        values: [tenant, ids],
      });
      const records = new Map(rows.map((row) => [row.id, toAuditRecord(row)]));
      return ids.map((id) => records.get(id));
    },
  };
}

export const toAuditRecord = ({ noun_id, credential_kind: kind, credential_id, ...row }: AuditRow): AuditRecord => ({
  ...row,
  nounId: noun_id ?? undefined,
  ...(kind !== null && { credential: { kind, id: credential_id ?? undefined } }),
});
