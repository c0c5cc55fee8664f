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
