import { err } from '../core/result.ts';

/** Why a request was not made, or has no answer. */
export interface EgressFailure {
  readonly reason:
    | 'invalidRequest'
    | 'notGranted'
    | 'addressRefused'
    | 'tooManyRedirects'
    | 'tooLarge'
    | 'timedOut'
    | 'canceled'
    | 'connectFailed';
  readonly message: string;
  /** The same request may work later. */
  readonly retryable: boolean;
}

const RETRYABLE: ReadonlySet<EgressFailure['reason']> = new Set(['timedOut', 'connectFailed']);

/** The failure as a `Result`. */
export const fail = (
  reason: EgressFailure['reason'],
  message: string,
): { readonly ok: false; readonly error: EgressFailure } => err({ reason, message, retryable: RETRYABLE.has(reason) });
