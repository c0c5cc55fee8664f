import type { Clock } from '../core/clock.ts';
import type { Result } from '../core/result.ts';
import type { ExecutionId } from '../core/ids.ts';
import type { ModelFailure } from '../llm/provider.ts';
import type { LedgerStore } from '../store/ledger-store.ts';
import type { ObservedModelCall } from '../telemetry/observe-calls.ts';
import type { CallKey, Charge } from '../usage/charge.ts';
import { costOf, mostCostOf, type Price } from '../usage/prices.ts';
import type { TokenUsage } from '../usage/tokens.ts';
import { patiently } from './patiently.ts';

/** Whose calls they are, and what they may cost. */
export interface Spender extends Omit<CallKey, 'call'>, Pick<Charge, 'tenant' | 'rootExecutionId' | 'blueprintId'> {
  /** Of the execution's owner; undefined: a client asks outside of every execution. */
  readonly leaseToken: number | undefined;
  /** Of the root's budget as it is now; undefined: not bounded. */
  readonly maxCostUsdMicros: () => bigint | undefined;
  /** For messages, where that is no execution's budget: whose it is, and what helps. */
  readonly limit?: { readonly whose: string; readonly remedy: string };
  /** Counts the calls of the attempt from 0 on, whatever they ask for: no two have one place in the ledger. */
  readonly nextCall: () => number;
}

/** What calls have taken so far. */
export interface Spent {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsdMicros: bigint;
}

export const NOTHING_SPENT: Spent = { inputTokens: 0, outputTokens: 0, costUsdMicros: 0n };

export const addSpent = (a: Spent, b: Spent = NOTHING_SPENT): Spent => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  costUsdMicros: a.costUsdMicros + b.costUsdMicros,
});

export interface ChargedCallDeps {
  readonly clock: Pick<Clock, 'now' | 'delay'>;
  readonly ledger: Pick<LedgerStore, 'reserve' | 'settle' | 'settleEstimated' | 'release'>;
  /** Told of what could not be settled now, and will be as an estimate. */
  readonly reportFault: (error: unknown, of: { readonly executionId: ExecutionId }) => void;
  /** For the metrics: how a call ended, and what was charged for it. */
  readonly onCall?: ((call: ObservedModelCall) => void) | undefined;
}

/** One call at a provider, whatever it asks for. */
export interface ChargedCall<T> {
  readonly spender: Spender;
  readonly kind: Charge['kind'];
  /** The registered model. */
  readonly model: { readonly name: string };
  /** Undefined: the model is free. */
  readonly price: Price | undefined;
  /** The most tokens that it can come to. */
  readonly most: { readonly input: number; readonly output: number };
  /** What helps when the budget has no room for it, beside a larger one. */
  readonly remedy: string;
  readonly signal: AbortSignal;
  readonly make: () => Promise<Result<T, ModelFailure>>;
  /** Undefined: the provider said nothing of it. */
  readonly usageOf: (answer: T) => TokenUsage | undefined;
}

export type ChargedAnswer<T> = { readonly spent?: Spent } & (
  | { readonly type: 'answered'; readonly answer: T }
  | { readonly type: 'failed'; readonly failure: ModelFailure }
  /** The call was not made. */
  | { readonly type: 'refused'; readonly message: string }
  | Aborted
);

export interface Aborted {
  readonly type: 'aborted';
  /** It ended while it waited for its turn, and no call before it was made: nothing was sent, and nothing is charged. */
  readonly isUnasked?: true;
}

/** Holds what a call may cost at most, makes it, and writes into the ledger what it did cost. */
export async function chargedCall<T>(of: ChargedCall<T>, deps: ChargedCallDeps): Promise<ChargedAnswer<T>> {
  const answer = await reservedCall(of, deps);
  const { type: outcome, spent } = answer;
  deps.onCall?.({ kind: of.kind, model: of.model.name, outcome, spent });
  return answer;
}

async function reservedCall<T>(of: ChargedCall<T>, deps: ChargedCallDeps): Promise<ChargedAnswer<T>> {
  const { spender, kind, model, price, most, signal } = of;
  const { ledger, clock } = deps;
  const { executionId, path, attempt, leaseToken, tenant, rootExecutionId, blueprintId } = spender;
  const maxCostUsdMicros = spender.maxCostUsdMicros();
  const key: CallKey = { executionId, path, attempt, call: spender.nextCall() };
  const amountUsdMicros = price === undefined ? 0n : mostCostOf(most, price);
  const charge = { ...key, tenant, rootExecutionId, blueprintId, kind, model: model.name, price };
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
    const { whose, remedy } = spender.limit ?? { whose: "the budget's", remedy: 'Raise "budget.maxCostUsdMicros"' };
    return {
      type: 'refused',
      message:
        `A call of "${model.name}" may cost ${amountUsdMicros} micro-dollars, and ${left > 0n ? left : 0n} of ${whose} ` +
        `${maxCostUsdMicros ?? 0n} are left. ${remedy}, ${of.remedy}.`,
    };
  }

  const result = await of.make();
  const usage = result.ok ? of.usageOf(result.value) : result.error.usage;
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
    reportFault(error, key);
  }
  if (usage !== undefined) return { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, costUsdMicros };
  return isBilled
    ? { inputTokens: most.input, outputTokens: most.output, costUsdMicros: amountUsdMicros }
    : NOTHING_SPENT;
}
