import type { Clock } from '../core/clock.ts';
import { SECOND_MS } from '../core/units.ts';
import type { Failure } from '../execution/events.ts';
import type { BoundedProvider } from '../llm/bounded-provider.ts';
import type { ModelAnswer, ModelFailure, ModelParameters, ModelRequest } from '../llm/provider.ts';
import type { TextModelDefinition } from '../registry/model.ts';
import type { Price } from '../usage/prices.ts';
import { chargedCall, type ChargedAnswer, type ChargedCallDeps, type Spender, type Spent } from './charged-call.ts';

const FIRST_WAIT_MS = SECOND_MS / 2;
/** Whoever asks for a longer wait has given up on the call; a retry of the node may wait as long as it likes. */
export const MAX_CALL_WAIT_MS = 60 * SECOND_MS;

export interface ModelCallsDeps extends ChargedCallDeps {
  readonly clock: Pick<Clock, 'now' | 'delay'>;
  readonly findModel: (name: string) => TextModelDefinition | undefined;
  /** Opens a provider at its first call. */
  readonly openProvider: (name: string) => Promise<BoundedProvider>;
  /** What a model costs at an instant; `unknown` when nobody says. */
  readonly priceOf: (model: TextModelDefinition, at: Date) => Price | 'free' | 'unknown';
  /** 0 to 1: spreads the retries of many. */
  readonly random: () => number;
}

/** What a model is asked, whichever it turns out to be. */
export interface ModelQuestion extends Omit<ModelRequest, 'model' | 'parameters'> {
  readonly model: string;
  /** `maxOutputTokens` by default as the model is registered. */
  readonly parameters: { readonly [K in keyof ModelParameters]?: ModelParameters[K] | undefined };
}

export type ModelOutcome =
  /** `model` is the registered name of the one that answered. */
  | { readonly type: 'answered'; readonly answer: ModelAnswer; readonly model: string }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'aborted' };

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
export type OpenModelCalls = (spender: Spender) => ModelCalls;

export const createModelCalls =
  (deps: ModelCallsDeps): OpenModelCalls =>
  (spender) => {
    let calls = 0;
    let spent: Spent = { inputTokens: 0, outputTokens: 0, costUsdMicros: 0n };

    async function once(model: TextModelDefinition, question: ModelQuestion, options: AskOptions) {
      const price = deps.priceOf(model, new Date(deps.clock.now()));
      if (price === 'unknown') return failed(noPrice(model));
      const request: ModelRequest = {
        ...question,
        model: model.model,
        parameters: {
          ...question.parameters,
          maxOutputTokens: question.parameters.maxOutputTokens ?? model.maxOutputTokens,
        },
      };
      const bounded = await deps.openProvider(model.provider);
      const of = { spender, model, request, price: price === 'free' ? undefined : price, ...options };
      // In its turn: what waits for one holds nothing of the budget, and is nothing that may have been billed.
      const answer = await bounded.inTurn(request, options.signal, (provider) =>
        chargedCall({ ...of, provider, call: calls++ }, deps),
      );
      if (answer?.spent !== undefined) spent = sum(spent, answer.spent);
      return answer ?? ABORTED;
    }

    /** One model, again after what may pass. What was said cannot be taken back: then it is the node that may be retried. */
    async function repeatedly(model: TextModelDefinition, question: ModelQuestion, options: AskOptions) {
      const said = { anything: false };
      const onText = (piece: string): void => {
        said.anything = true;
        options.onText(piece);
      };
      for (let tries = 0; ; tries += 1) {
        const answer = await once(model, question, { ...options, onText });
        if (answer.type !== 'failed' || said.anything || tries >= model.retries) return { answer, said };
        const waitMs = waitOf(answer.failure, tries, deps.random());
        if (waitMs === undefined) return { answer, said };
        try {
          await deps.clock.delay(waitMs, options.signal);
        } catch {
          return { answer: ABORTED, said };
        }
      }
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
          const { answer, said } = await repeatedly(model, question, options);
          last = toOutcome(answer, name);
          if (answer.type !== 'failed' || said.anything || !mayFallBack(answer.failure)) return last;
        }
        return last;
      },
    };
  };

const ABORTED = { type: 'aborted' } as const;

const failed = (failure: ModelFailure): ChargedAnswer => ({ type: 'failed', failure });

const sum = (a: Spent, b: Spent): Spent => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  costUsdMicros: a.costUsdMicros + b.costUsdMicros,
});

/** Before the next try: what the provider asks for, else twice as long each time; undefined when there is no use in one. */
function waitOf({ retryable, retryAfterMs }: ModelFailure, tries: number, random: number): number | undefined {
  if (!retryable) return undefined;
  if (retryAfterMs !== undefined) return retryAfterMs <= MAX_CALL_WAIT_MS ? retryAfterMs : undefined;
  return FIRST_WAIT_MS * 2 ** tries * (0.75 + random / 2);
}

/** Another model helps where this one is not there, and not where the request is at fault. */
const mayFallBack = ({ reason }: ModelFailure): boolean =>
  reason === 'unavailable' || reason === 'rateLimited' || reason === 'timedOut' || reason === 'malformed';

const REASONS = {
  refused: 'modelRefused',
  rateLimited: 'modelUnavailable',
  unavailable: 'modelUnavailable',
  malformed: 'modelUnavailable',
  timedOut: 'timedOut',
} as const;

function toOutcome(answer: ChargedAnswer, model: string): ModelOutcome {
  switch (answer.type) {
    case 'answered':
      return { type: 'answered', answer: answer.answer, model };
    case 'refused':
      return { type: 'failed', failure: { reason: 'budgetExceeded', message: answer.message, retryable: false } };
    case 'aborted':
      return ABORTED;
    case 'failed': {
      const { reason, message, retryable } = answer.failure;
      if (reason === 'canceled') return ABORTED;
      return { type: 'failed', failure: { reason: REASONS[reason], message: `${model}: ${message}`, retryable } };
    }
  }
}

const missing = (name: string): ModelOutcome => ({
  type: 'failed',
  failure: {
    reason: 'modelUnavailable',
    message: `The model "${name}" is not registered here, or is none that answers in text.`,
    retryable: false,
  },
});

const noPrice = ({ name, provider, model }: TextModelDefinition): ModelFailure => ({
  reason: 'refused',
  message:
    `Nobody says what "${name}" (${model} of ${provider}) costs, so it is not called. ` +
    `Give it a "price" in iceos.config.ts; "free" if nobody sends a bill.`,
  retryable: false,
  mayBeBilled: false,
});
