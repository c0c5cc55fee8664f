export const EXECUTION_STATUSES = [
  'pending',
  'running',
  'waiting',
  'paused',
  'succeeded',
  'failed',
  'canceled',
] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

export const NODE_STATUSES = [
  'blocked',
  'ready',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'skipped',
  'canceled',
] as const;
export type NodeStatus = (typeof NODE_STATUSES)[number];

export const isFinished = (status: ExecutionStatus): boolean =>
  status === 'succeeded' || status === 'failed' || status === 'canceled';

/** Numbers of the statuses in the database. Never reuse one. Finished: 4 and above. */
export const STATUS_CODES: Readonly<Record<ExecutionStatus, number>> = {
  pending: 0,
  running: 1,
  waiting: 2,
  paused: 3,
  succeeded: 4,
  failed: 5,
  canceled: 6,
};
