import type { ExecutionId, TenantId } from '../core/ids.ts';
import type { ExecutionEvent } from './events.ts';

/** What was committed: handed to live followers in this process, and as a hint to others. */
export interface Committed {
  readonly executionId: ExecutionId;
  readonly tenant: TenantId;
  readonly lastSequence: number;
  /** Absent where only the fact is known: a reader then reads the journal. */
  readonly events?: readonly ExecutionEvent[];
}
