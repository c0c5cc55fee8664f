import type { Plan } from '../blueprint/plan.ts';
import type { AuditEntry } from '../core/audit.ts';
import type { BlueprintId, ExecutionId, TenantId } from '../core/ids.ts';
import type { ExecutionEventOf } from './events.ts';

/** Equal keys of a tenant are one start; the arguments tell an honest repetition from a mistake. */
export interface Idempotency {
  readonly key: string;
  /** SHA-256 of the arguments as they were given. */
  readonly argumentsHash: string;
}

/** A start that was checked: everything that its first turn needs. */
export interface ExecutionStart {
  readonly id: ExecutionId;
  readonly tenant: TenantId;
  readonly blueprintId: BlueprintId;
  readonly blueprintVersion: number;
  readonly plan: Plan;
  readonly requested: ExecutionEventOf<'executionRequested'>;
  readonly idempotency: Idempotency | undefined;
  readonly audit?: AuditEntry | undefined;
}
