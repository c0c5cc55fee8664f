import type { BlueprintId, ExecutionId, OrchestratorId, TenantId } from '../core/ids.ts';
import type { ExecutionEvent } from '../execution/events.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { ExecutionStatus } from '../execution/status.ts';
import type { Projection } from './event-store.ts';
import type { Page, PageArguments } from './page.ts';

export interface StartRequest {
  readonly id: ExecutionId;
  readonly tenant: TenantId;
  readonly blueprintId: BlueprintId;
  readonly blueprintVersion: number;
  /** `executionRequested`, and when claimed `executionStarted` and the first `attemptStarted`. */
  readonly events: readonly ExecutionEvent[];
  readonly projection: Projection;
  readonly idempotency: { readonly key: string; readonly argumentsHash: string } | undefined;
  /** Set: inserted as already claimed by this incarnation with lease token 1. Else due at once, for whoever claims it. */
  readonly owner: OrchestratorId | undefined;
}

export type StartAnswer =
  | { readonly type: 'created' }
  | { readonly type: 'exists'; readonly id: ExecutionId; readonly sameArguments: boolean };

export interface ExecutionFilter {
  readonly blueprintId?: BlueprintId | undefined;
  readonly statuses?: readonly ExecutionStatus[] | undefined;
}

export interface ExecutionStore {
  /** One row and its first events; goes with the group commit of appends. */
  start(request: StartRequest): Promise<StartAnswer>;
  getMany(tenant: TenantId, ids: readonly ExecutionId[]): Promise<readonly (ExecutionRecord | undefined)[]>;
  /** Newest first; the key is an ID (UUIDv7: time). */
  list(tenant: TenantId, filter: ExecutionFilter, page: PageArguments<ExecutionId>): Promise<Page<ExecutionRecord>>;
}
