import type { ExecutionId } from '../core/ids.ts';

/**
 * A doorbell: tells orchestrators which execution is due. It carries IDs only, may repeat and may lose; the sweep finds
 * what was lost, and the fence of the journal makes double delivery harmless.
 */
export interface Dispatch {
  /** Says that the execution has something to do; returns at once. */
  ring(executionId: ExecutionId): void;
  /** Hears every ring, of this process and of others; returns the way to stop hearing. */
  onRing(listener: (executionId: ExecutionId) => void): () => void;
}
