import type { ExecutionId, OrchestratorId, TenantId } from '../core/ids.ts';

export interface Lease {
  readonly executionId: ExecutionId;
  readonly tenant: TenantId;
  /** Grows with each claim; what is written under an older one is refused. */
  readonly token: number;
  readonly lastSequence: number;
  /** True when the owner before died with the lease (not: gave it back). */
  readonly previousOwnerDied: boolean;
}

/** Who owns which execution. Expiry is judged by the database's clock alone. */
export interface LeaseStore {
  /** Adds this incarnation's row and takes its session advisory lock. */
  register(id: OrchestratorId, leaseMs: number): Promise<void>;
  /** Renews the row; answers the database's present instant, and whether the row was still there. */
  heartbeat(id: OrchestratorId, leaseMs: number): Promise<{ readonly alive: boolean; readonly databaseNow: number; readonly othersAlive: boolean }>;
  /** Claims up to `limit` executions that are due or whose owner is gone, oldest first. */
  claimDue(id: OrchestratorId, limit: number): Promise<readonly Lease[]>;
  /** Claims one, when nobody living holds it. */
  claim(id: OrchestratorId, executionId: ExecutionId): Promise<Lease | undefined>;
  /** Own executions whose `due_at` has come (somebody appended a request), for an owner whose hint was lost. */
  ownDue(id: OrchestratorId): Promise<readonly ExecutionId[]>;
  /** Gives the lease up until `dueAt` (null: until a request comes); `moved` when events came in between. */
  park(request: {
    readonly executionId: ExecutionId;
    readonly token: number;
    readonly lastSequence: number;
    readonly dueAt: number | null;
    readonly status: 'waiting' | 'running' | 'pending';
  }): Promise<'parked' | 'moved' | 'stale'>;
  /** Gives back all leases at a shutdown, due at once. */
  releaseAll(id: OrchestratorId): Promise<void>;
  /** Removes the row: the incarnation is over. */
  unregister(id: OrchestratorId): Promise<void>;
}
