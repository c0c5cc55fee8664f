import type { BlueprintId, ExecutionId, TenantId } from '../core/ids.ts';
import type { Usage } from '../usage/usage.ts';
import type { ExecutionStatus } from './status.ts';

/** An execution's row: what lists show without reading the journal. */
export interface ExecutionRecord {
  readonly id: ExecutionId;
  readonly tenant: TenantId;
  readonly blueprintId: BlueprintId;
  readonly blueprintVersion: number;
  readonly status: ExecutionStatus;
  readonly lastSequence: number;
  readonly progress: { readonly done: number; readonly total: number };
  readonly usage: Usage;
  readonly requestedAt: number;
  readonly finishedAt: number | undefined;
}
