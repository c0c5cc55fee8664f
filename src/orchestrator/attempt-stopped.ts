export type CancelCause = 'cancelRequested' | 'deadlinePassed' | 'siblingFailed' | 'notNeeded';
export type StopCause = CancelCause | 'shutdown' | 'leaseLost';

/** The reason of a signal that stops an attempt. */
export class AttemptStopped extends Error {
  override readonly name = 'AttemptStopped';
  override readonly cause: StopCause;
  constructor(cause: StopCause) {
    super(`The attempt was stopped: ${cause}.`);
    this.cause = cause;
  }
}

/** True when this process has nothing more to do with the attempt: whoever claims it next records and settles it. */
export const isLeft = (signal: AbortSignal): boolean => {
  const reason: unknown = signal.reason;
  return reason instanceof AttemptStopped && (reason.cause === 'shutdown' || reason.cause === 'leaseLost');
};
