import type { AuditAction, AuditEntry } from '../core/audit.ts';
import type { Viewer } from './viewer.ts';

/** The audit entry of a change, which the store writes with it. `fields` are names and never values. */
export const auditOf = (
  { tenant, subject, credential }: Pick<Viewer, 'tenant' | 'subject' | 'credential'>,
  action: AuditAction,
  { at, nounId, fields }: Pick<AuditEntry, 'at' | 'nounId' | 'fields'>,
): AuditEntry => ({ tenant, subject, credential, action, at, nounId, fields });

/** The names of what an input has. */
export const namesOf = (input: object): readonly string[] =>
  Object.entries(input).flatMap(([name, value]) => (value === undefined ? [] : [name]));
