import type { Clock } from '../core/clock.ts';
import type { BoundedProvider } from '../llm/bounded-provider.ts';
import { mostInputOf } from '../llm/most-tokens.ts';
import type { ModelAnswer, ModelFailure, ModelParameters, ModelRequest } from '../llm/provider.ts';
import { versionIn } from './executor.ts';
import { modelVersion, type TextModelDefinition } from '../registry/model.ts';
import type { Price } from '../usage/prices.ts';
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
  UNASKED,
  noPrice,
  repeatedCall,
  toCallOutcome,
  type CallOutcome,
  type RepeatedCallDeps,
} from './repeated-call.ts';

export interface ModelCallsDeps extends ChargedCallDeps, RepeatedCallDeps {
  readonly clock: Pick<Clock, 'now' | 'delay'>;
  readonly findModel: (name: string) => TextModelDefinition | undefined;
  /** Opens a provider at its first call. */
  readonly openProvider: (name: string) => Promise<BoundedProvider>;
  /** What a model costs at an instant; `unknown` when nobody says. */
  readonly priceOf: (model: TextModelDefinition, at: Date) => Price | 'free' | 'unknown';
}

/** What a model is asked, whichever it turns out to be. */
export interface ModelQuestion extends Omit<ModelRequest, 'model' | 'parameters'> {
  readonly model: string;
  /** `maxOutputTokens` by default as the model is registered. */
  readonly parameters: { readonly [K in keyof ModelParameters]?: ModelParameters[K] | undefined };
}

export type ModelOutcome =
  | Exclude<CallOutcome<ModelAnswer>, { readonly type: 'answered' }>
  /** `model` is the registered name of the one that answered. */
  | { readonly type: 'answered'; readonly answer: ModelAnswer; readonly model: string };

/** The model calls of one attempt: reserved, made, retried, settled. */
export interface ModelCalls {
  /** What all calls so far have taken, failed ones too. */
  readonly spent: Spent;
  /** What one question to a model may hold at most. */
  maxInputBytes(model: string): number;
  ask(question: ModelQuestion, options: AskOptions): Promise<ModelOutcome>;
}

interface AskOptions {
  readonly signal: AbortSignal;
  readonly onText: (piece: string) => void;
}

/** Opens the calls of an attempt. */
export type OpenModelCalls = (
  spender: Spender & { readonly pinned?: { readonly models: Readonly<Record<string, string>> } },
) => ModelCalls;

export const createModelCalls =
  (deps: ModelCallsDeps): OpenModelCalls =>
  (spender) => {
    let spent = NOTHING_SPENT;
    let isAsked = false;

    async function once(
      model: TextModelDefinition,
      question: ModelQuestion,
      { signal, onText }: AskOptions,
    ): Promise<ChargedAnswer<ModelAnswer>> {
      const price = deps.priceOf(model, new Date(deps.clock.now()));
      if (price === 'unknown') return { type: 'failed', failure: noPrice(model) };
      const maxOutputTokens = question.parameters.maxOutputTokens ?? model.maxOutputTokens;
      const parameters = { ...question.parameters, maxOutputTokens };
      const request: ModelRequest = { ...question, model: model.model, parameters };
      const bounded = await deps.openProvider(model.provider);
      // In its turn: what waits for one holds nothing of the budget, and is nothing that may have been billed.
      const answer = await bounded.inTurn(request, signal, (provider) => {
        isAsked = true;
        return chargedCall(
          {
            ...{ spender, kind: 'llm', model, signal },
            price: price === 'free' ? undefined : price,
            most: { input: mostInputOf(request), output: maxOutputTokens },
            remedy: 'ask for fewer "maxOutputTokens", or send less',
            make: () => provider.call(request, { signal, onText }),
            usageOf: ({ usage }) => usage,
          },
          deps,
        );
      });
      spent = addSpent(spent, answer?.spent);
      return answer ?? (isAsked ? ABORTED : UNASKED);
    }

    /** One model, again after what may pass. What was said cannot be taken back: then it is the node that may be retried. */
    async function repeatedly(model: TextModelDefinition, question: ModelQuestion, options: AskOptions) {
      const said = { anything: false };
      const onText = (piece: string): void => {
        said.anything = true;
        options.onText(piece);
      };
      const answer = await repeatedCall(
        {
          once: () => once(model, question, { ...options, onText }),
          ...{ retries: model.retries, signal: options.signal, isSpoken: () => said.anything },
        },
        deps,
      );
      return { answer, said };
    }

    return {
      get spent() {
        return spent;
      },
      maxInputBytes: (name) => deps.findModel(name)?.maxInputBytes ?? Number.MAX_SAFE_INTEGER,
      async ask(question, options) {
        const first = deps.findModel(question.model);
        if (first === undefined) return missing(question.model);
        let last: ModelOutcome = ABORTED;
        for (const name of [first.name, ...first.fallbacks]) {
          const model = deps.findModel(name);
          if (model === undefined) return missing(name);
          const pinned = spender.pinned && versionIn(spender.pinned.models, name);
          if (pinned !== undefined && pinned !== modelVersion(model)) return otherVersion(name, pinned, model);
          const { answer, said } = await repeatedly(model, question, options);
          const outcome = toCallOutcome(answer, name);
          last = outcome.type === 'answered' ? { ...outcome, model: name } : outcome;
          if (answer.type !== 'failed' || said.anything || !mayFallBack(answer.failure)) return last;
        }
        return last;
      },
    };
  };

/** Another model helps where this one is not there, and not where the request is at fault. */
const mayFallBack = ({ reason }: ModelFailure): boolean =>
  reason === 'unavailable' || reason === 'rateLimited' || reason === 'timedOut' || reason === 'malformed';

const missing = (name: string): ModelOutcome => ({
  type: 'failed',
  failure: {
    reason: 'modelUnavailable',
    message: `The model "${name}" is not registered here, or is none that answers in text.`,
    retryable: false,
  },
});

const otherVersion = (name: string, pinned: string, model: TextModelDefinition): ModelOutcome => ({
  type: 'failed',
  failure: {
    reason: 'modelUnavailable',
    message: `The execution needs "${name}" as ${pinned}; here it is ${modelVersion(model)}.`,
    retryable: false,
  },
});
