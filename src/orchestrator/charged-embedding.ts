import { err, ok } from '../core/result.ts';
import type { Failure } from '../execution/events.ts';
import type { BoundedEmbeddingProvider } from '../llm/bounded-provider.ts';
import type { EmbeddingAnswer } from '../llm/embedding.ts';
import type { Embedder, EmbedderFailure } from '../memory/embedder.ts';
import type { EmbeddingModelDefinition } from '../registry/model.ts';
import type { Price } from '../usage/prices.ts';
import { mostTokensOf } from '../usage/token-bound.ts';
import { NO_TOKENS } from '../usage/tokens.ts';
import {
  addSpent,
  chargedCall,
  NOTHING_SPENT,
  type ChargedAnswer,
  type ChargedCallDeps,
  type Spender,
  type Spent,
} from './charged-call.ts';
import {
  ABORTED,
  noPrice,
  repeatedCall,
  toCallOutcome,
  UNASKED,
  WAITED,
  type RepeatedCallDeps,
} from './repeated-call.ts';

export interface ChargedEmbeddingDeps extends ChargedCallDeps, RepeatedCallDeps {
  readonly clock: ChargedCallDeps['clock'];
  /** Opens a provider at its first call. */
  readonly openProvider: (name: string) => Promise<BoundedEmbeddingProvider>;
  /** What a model costs at an instant; `unknown` when nobody says. */
  readonly priceOf: (model: EmbeddingModelDefinition, at: Date) => Price | 'free' | 'unknown';
}

/** An embedder whose every call stands in the ledger. */
export interface ChargedEmbedder extends Embedder {
  /** What all calls so far have taken, failed ones too. */
  readonly spent: Spent;
}

/** Opens the embedding calls of whoever pays for them. */
export type OpenEmbedder = (spender: Spender, model: EmbeddingModelDefinition) => ChargedEmbedder;

/** Embedding calls as model calls are made: reserved, in their turn at the provider, retried, settled. */
export const createOpenEmbedder =
  (deps: ChargedEmbeddingDeps): OpenEmbedder =>
  (spender, model) => {
    let spent = NOTHING_SPENT;
    let isAsked = false;

    async function once(texts: readonly string[], signal: AbortSignal): Promise<ChargedAnswer<EmbeddingAnswer>> {
      const price = deps.priceOf(model, new Date(deps.clock.now()));
      if (price === 'unknown') return { type: 'failed', failure: noPrice(model) };
      const bounded = await deps.openProvider(model.provider);
      const request = { model: model.model, texts };
      const answer = await bounded.inTurn(request, signal, (provider) => {
        isAsked = true;
        return chargedCall(
          {
            ...{ spender, kind: 'embedding', model, signal },
            price: price === 'free' ? undefined : price,
            most: { input: mostTokensOf(texts), output: 0 },
            remedy: 'or embed less text',
            make: () => provider.embed(request, signal),
            usageOf: ({ inputTokens }) => (inputTokens === undefined ? undefined : { ...NO_TOKENS, inputTokens }),
          },
          deps,
        );
      });
      spent = addSpent(spent, answer?.spent);
      return answer ?? (isAsked ? ABORTED : UNASKED);
    }

    return {
      model: model.model,
      dimensions: model.dimensions,
      get spent() {
        return spent;
      },
      async embed(texts, signal) {
        const { retries, name } = model;
        const answer = await repeatedCall({ once: () => once(texts, signal), retries, signal }, deps);
        const outcome = toCallOutcome(answer, name);
        if (outcome.type === 'answered') return ok(outcome.answer);
        if (outcome.type === 'failed') return err(toEmbedderFailure(outcome.failure));
        return err(outcome.isUnasked ? GIVEN_UP : CANCELED);
      },
    };
  };

const CANCELED: EmbedderFailure = { reason: 'canceled', message: 'The call was canceled.', retryable: true };
const GIVEN_UP: EmbedderFailure = { ...CANCELED, message: `The call was given up: ${WAITED}.` };

function toEmbedderFailure({ reason, message, retryable }: Failure): EmbedderFailure {
  const known = reason === 'budgetExceeded' || reason === 'modelRefused' || reason === 'timedOut';
  return { reason: known ? reason : 'modelUnavailable', message, retryable };
}
