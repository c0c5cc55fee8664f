import { AUDIT_NOUNS, type AuditEntry } from '../core/audit.ts';
import type { auditLog } from './audit-tables.ts';

const COLUMNS = 'tenant, at, subject, action, noun, noun_id, outcome, fields, credential_kind, credential_id';
const RECORD = `e(tenant uuid, at timestamptz, subject varchar, action varchar, noun varchar, noun_id varchar,
      outcome varchar, fields text[], credential_kind varchar, credential_id varchar)`;

const MAX_SUBJECT = 256;

type Row = typeof auditLog.$inferInsert;

/** A subject may come from a token: what the database keeps in no text is left out. */
const plain = (text: string): string => Buffer.from(text.replaceAll(/\p{Cc}/gu, '').slice(0, MAX_SUBJECT)).toString();

/** The row of an entry, for a transaction. */
export const toAuditRow = ({ at, tenant, subject, action, nounId, fields, credential }: AuditEntry): Row => ({
  tenant,
  at: new Date(at),
  subject: plain(subject),
  action,
  noun: AUDIT_NOUNS[action],
  nounId: nounId ?? null,
  outcome: action === 'refuseRequest' ? 'denied' : 'done',
  fields: [...fields].toSorted(),
  credentialKind: credential?.kind ?? null,
  credentialId: credential?.id === undefined ? null : plain(credential.id),
});

/** The one value that a statement with an audit row takes; null: it writes none. */
export function auditValue(entry: AuditEntry | undefined): string | null {
  if (entry === undefined) return null;
  const { nounId, credentialKind, credentialId, ...row } = toAuditRow(entry);
  return JSON.stringify({ noun_id: nounId, credential_kind: credentialKind, credential_id: credentialId, ...row });
}

/**
 * A part of a statement that writes an audit row when `changed` has a row: with the change, or not at all. `value` is the
 * place of the value, as `$5`.
 */
export const auditedWhere = (value: string, changed: string): string => `audited as (
    insert into audit_log (${COLUMNS}) select ${COLUMNS} from jsonb_to_record(${value}::jsonb) as ${RECORD}
    where ${value}::text is not null and exists (select from ${changed}))`;

/** The same for many rows that carry their values: `rows` has the column `audit`. */
export const auditedEach = (rows: string): string => `audited as (
    insert into audit_log (${COLUMNS}) select e.tenant, e.at, e.subject, e.action, e.noun, e.noun_id, e.outcome, e.fields,
      e.credential_kind, e.credential_id
    from ${rows} cross join lateral jsonb_to_record(audit::jsonb) as ${RECORD} where audit is not null)`;

/** An entry for a change of many statements: the first that changes something writes it, and the others nothing. */
export interface AuditOnce {
  /** The value for the next statement. */
  value(): string | null;
  /** That statement has changed something. */
  wrote(): void;
}

export function auditOnce(entry: AuditEntry | undefined): AuditOnce {
  let value = auditValue(entry);
  return {
    value: () => value,
    wrote() {
      value = null;
    },
  };
}
