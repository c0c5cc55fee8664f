import type { Clock } from '../core/clock.ts';
import { mostInputOf } from '../llm/most-tokens.ts';
import type { LlmProvider, ModelAnswer, ModelFailure, ModelRequest } from '../llm/provider.ts';
import type { TextModelDefinition } from '../registry/model.ts';
import type { LedgerStore } from '../store/ledger-store.ts';
import type { CallKey, Charge } from '../usage/charge.ts';
import { costOf, mostCostOf, type Price } from '../usage/prices.ts';
import type { TokenUsage } from '../usage/tokens.ts';
import { patiently } from './patiently.ts';

/** Whose calls they are, and what they may cost. */
export interface Spender extends Omit<CallKey, 'call'>, Pick<Charge, 'tenant' | 'rootExecutionId' | 'blueprintId'> {
  /** Of the execution's owner. */
  readonly leaseToken: number;
  /** Of the root execution's budget as it is now; undefined: not bounded. */
  readonly maxCostUsdMicros: () => bigint | undefined;
}

/** What calls have taken so far. */
export interface Spent {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsdMicros: bigint;
}

export interface ChargedCallDeps {
  readonly clock: Pick<Clock, 'now' | 'delay'>;
  readonly ledger: Pick<LedgerStore, 'reserve' | 'settle' | 'settleEstimated' | 'release'>;
  /** Told of what could not be settled now, and will be as an estimate. */
  readonly reportFault: (error: unknown) => void;
}

export interface ChargedCall {
  readonly spender: Spender;
  readonly call: number;
  readonly model: TextModelDefinition;
  /** Undefined: the model is free. */
  readonly price: Price | undefined;
  readonly provider: LlmProvider;
  readonly request: ModelRequest;
  readonly signal: AbortSignal;
  readonly onText: (piece: string) => void;
}

export type ChargedAnswer = { readonly spent?: Spent } & (
  | { readonly type: 'answered'; readonly answer: ModelAnswer }
  | { readonly type: 'failed'; readonly failure: ModelFailure }
  /** The call was not made. */
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'aborted' }
);

/** Holds what a call may cost at most, makes it, and writes into the ledger what it did cost. */
export async function chargedCall(of: ChargedCall, deps: ChargedCallDeps): Promise<ChargedAnswer> {
  const { spender, call, model, price, provider, request, signal } = of;
  const { ledger, clock } = deps;
  const { executionId, path, attempt, leaseToken, tenant, rootExecutionId, blueprintId } = spender;
  const maxCostUsdMicros = spender.maxCostUsdMicros();
  const key: CallKey = { executionId, path, attempt, call };
  const most = { input: mostInputOf(request), output: request.parameters.maxOutputTokens };
  const amountUsdMicros = price === undefined ? 0n : mostCostOf(most, price);
  const charge = { ...key, tenant, rootExecutionId, blueprintId, kind: 'llm', model: model.name, price } as const;
  const reservation = { ...charge, amountUsdMicros, tokens: most };

  const reserve = () => ledger.reserve(reservation, { leaseToken, maxCostUsdMicros });
  // While its fate is unknown nothing is given back: what is left of an attempt is settled when its end is recorded.
  const held = await patiently(clock, reserve, signal).catch((error: unknown) => {
    if (signal.aborted) return FENCED;
    throw error;
  });
  if (held.type === 'fenced') return { type: 'aborted' };
  if (held.type === 'refused') {
    const { spentUsdMicros, reservedUsdMicros } = held.budget;
    const left = (maxCostUsdMicros ?? 0n) - spentUsdMicros - reservedUsdMicros;
    return {
      type: 'refused',
      message:
        `A call of "${model.name}" may cost ${amountUsdMicros} micro-dollars, and ${left} of the budget's ` +
        `${maxCostUsdMicros ?? 0n} are left. Raise "budget.maxCostUsdMicros", ask for fewer "maxOutputTokens", or send less.`,
    };
  }

  const result = await provider.call(request, { signal, onText: of.onText });
  const usage = result.ok ? result.value.usage : result.error.usage;
  const isBilled = result.ok || result.error.mayBeBilled;
  const spent = await settled({ key, usage, isBilled, price, reserved: { most, amountUsdMicros }, signal }, deps);
  if (result.ok) return { type: 'answered', answer: result.value, spent };
  return signal.aborted ? { type: 'aborted', spent } : { type: 'failed', failure: result.error, spent };
}

interface Settling {
  readonly key: CallKey;
  readonly usage: TokenUsage | undefined;
  readonly isBilled: boolean;
  readonly price: Price | undefined;
  readonly reserved: {
    readonly most: { readonly input: number; readonly output: number };
    readonly amountUsdMicros: bigint;
  };
  readonly signal: AbortSignal;
}

const FENCED = { type: 'fenced' } as const;

const NOTHING: Spent = { inputTokens: 0, outputTokens: 0, costUsdMicros: 0n };

async function settled(of: Settling, { ledger, clock, reportFault }: ChargedCallDeps): Promise<Spent> {
  const { key, usage, isBilled, price, reserved, signal } = of;
  const { most, amountUsdMicros } = reserved;
  const costUsdMicros = usage === undefined || price === undefined ? 0n : costOf(usage, price);
  const settle = async (): Promise<void> => {
    const at = new Date(clock.now());
    if (usage !== undefined) await ledger.settle({ ...key, tokens: usage, costUsdMicros, at });
    else if (isBilled) await ledger.settleEstimated({ executionId: key.executionId, calls: [key] }, at);
    else await ledger.release(key);
  };
  try {
    // One that is stopped waits for nothing: what is left of an attempt is settled when its end is recorded.
    await (signal.aborted ? settle() : patiently(clock, settle, signal));
  } catch (error) {
    reportFault(error);
  }
  if (usage !== undefined) return { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, costUsdMicros };
  return isBilled ? { inputTokens: most.input, outputTokens: most.output, costUsdMicros: amountUsdMicros } : NOTHING;
}
