import type { Clock } from '../core/clock.ts';
import { SECOND_MS } from '../core/units.ts';
import type { Failure } from '../execution/events.ts';
import type { ModelFailure } from '../llm/provider.ts';
import type { ModelDefinition } from '../registry/model.ts';
import type { Aborted, ChargedAnswer } from './charged-call.ts';

const FIRST_WAIT_MS = SECOND_MS / 2;
/** Whoever asks for a longer wait has given up on the call; a retry of the node may wait as long as it likes. */
export const MAX_CALL_WAIT_MS = 60 * SECOND_MS;

export interface RepeatedCall<T> {
  /** One try at the provider, a call of its own in the ledger. */
  readonly once: () => Promise<ChargedAnswer<T>>;
  readonly retries: number;
  readonly signal: AbortSignal;
  /** Whether what was shown already forbids to ask again. */
  readonly isSpoken?: () => boolean;
}

export interface RepeatedCallDeps {
  readonly clock: Pick<Clock, 'delay'>;
  /** 0 to 1: spreads the retries of many. */
  readonly random: () => number;
}

export const ABORTED: Aborted = { type: 'aborted' };
export const UNASKED: Aborted = { type: 'aborted', isUnasked: true };

/** Why a call was not made that waited until its end, and what that cost. */
export const WAITED =
  'it waited for its turn at the provider (concurrency, requestsPerMinute, tokensPerMinute), so that nothing was sent and nothing is charged';

/** A call, again after what may pass. */
export async function repeatedCall<T>(
  { once, retries, signal, isSpoken = () => false }: RepeatedCall<T>,
  { clock, random }: RepeatedCallDeps,
): Promise<ChargedAnswer<T>> {
  for (let tries = 0; ; tries += 1) {
    const answer = await once();
    if (answer.type !== 'failed' || isSpoken() || tries >= retries) return answer;
    const waitMs = waitOf(answer.failure, tries, random());
    if (waitMs === undefined) return answer;
    try {
      await clock.delay(waitMs, signal);
    } catch {
      return ABORTED;
    }
  }
}

/** Before the next try: what the provider asks for, else twice as long each time; undefined when there is no use in one. */
function waitOf({ retryable, retryAfterMs }: ModelFailure, tries: number, random: number): number | undefined {
  if (!retryable) return undefined;
  if (retryAfterMs !== undefined) return retryAfterMs <= MAX_CALL_WAIT_MS ? retryAfterMs : undefined;
  return FIRST_WAIT_MS * 2 ** tries * (0.75 + random / 2);
}

const REASONS = {
  refused: 'modelRefused',
  rateLimited: 'modelUnavailable',
  unavailable: 'modelUnavailable',
  malformed: 'modelUnavailable',
  timedOut: 'timedOut',
} as const;

/** What came of a call, with its failure as one of the node. */
export type CallOutcome<T> =
  { readonly type: 'answered'; readonly answer: T } | { readonly type: 'failed'; readonly failure: Failure } | Aborted;

export function toCallOutcome<T>(answer: ChargedAnswer<T>, model: string): CallOutcome<T> {
  switch (answer.type) {
    case 'answered':
      return { type: 'answered', answer: answer.answer };
    case 'refused':
      return { type: 'failed', failure: { reason: 'budgetExceeded', message: answer.message, retryable: false } };
    case 'aborted':
      return answer.isUnasked ? UNASKED : ABORTED;
    case 'failed': {
      const { reason, message, retryable } = answer.failure;
      if (reason === 'canceled') return ABORTED;
      return { type: 'failed', failure: { reason: REASONS[reason], message: `${model}: ${message}`, retryable } };
    }
  }
}

export const noPrice = ({ name, provider, model }: ModelDefinition): ModelFailure => ({
  reason: 'refused',
  message:
    `Nobody says what "${name}" (${model} of ${provider}) costs, so it is not called. ` +
    `Give it a "price" in iceos.config.ts; "free" if nobody sends a bill.`,
  retryable: false,
  mayBeBilled: false,
});
