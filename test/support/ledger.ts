import { DEFAULT_TENANT, type BlueprintId, type ExecutionId, type TenantId } from '../../src/core/ids.ts';
import type { Stores } from '../../src/store/stores.ts';
import type { Reservation } from '../../src/usage/charge.ts';
import { costOf, mostCostOf, type Price } from '../../src/usage/prices.ts';
import { NO_TOKENS, type TokenUsage } from '../../src/usage/tokens.ts';

/** A micro-dollar a token of input, four a token of output. */
export const PRICE: Price = {
  from: '2026-01-01',
  rates: { inputUsdMicros: 1_000_000n, outputUsdMicros: 4_000_000n, cachedInputUsdMicros: 0n },
  above: [{ inputTokens: 1_000_000, rates: { inputUsdMicros: 2_000_000n, outputUsdMicros: 8_000_000n } }],
};

/** A call of a model that a test made up. */
export interface MadeCall {
  readonly executionId: ExecutionId;
  readonly blueprintId: BlueprintId;
  readonly tenant?: TenantId;
  readonly rootExecutionId?: ExecutionId;
  readonly path?: string;
  readonly attempt?: number;
  readonly call?: number;
  readonly kind?: Reservation['kind'];
  readonly model?: string;
  readonly price?: Price | undefined;
  readonly tokens?: Partial<TokenUsage>;
  readonly at?: Date;
  /** Of the budget, when it is reserved. */
  readonly maxCostUsdMicros?: bigint;
}

/** What such a call reserves: of each sort of tokens as many as it will use. */
export function reservationOf(made: MadeCall): Reservation {
  const { inputTokens = 10, outputTokens = 5 } = made.tokens ?? {};
  const price = 'price' in made ? made.price : PRICE;
  const tokens = { input: inputTokens, output: outputTokens };
  return {
    executionId: made.executionId,
    path: made.path ?? 'ask',
    attempt: made.attempt ?? 1,
    call: made.call ?? 0,
    tenant: made.tenant ?? DEFAULT_TENANT,
    rootExecutionId: made.rootExecutionId ?? made.executionId,
    blueprintId: made.blueprintId,
    kind: made.kind ?? 'llm',
    model: made.model ?? 'model-a',
    price,
    amountUsdMicros: price === undefined ? 0n : mostCostOf(tokens, price),
    tokens,
  };
}

/** Reserves for a call of an execution whose owner has the lease token 1, and leaves it so. */
export async function reserveCall({ ledger }: Pick<Stores, 'ledger'>, made: MadeCall): Promise<Reservation> {
  const reservation = reservationOf(made);
  const { maxCostUsdMicros } = made;
  const { type } = await ledger.reserve(reservation, { leaseToken: 1, maxCostUsdMicros });
  if (type !== 'reserved') throw new Error(`The call was not reserved: ${type}.`);
  return reservation;
}

/** Settles what was reserved, by what the provider would have said; answers with what was charged. */
export async function settleCall({ ledger }: Pick<Stores, 'ledger'>, made: MadeCall): Promise<bigint> {
  const { price, ...call } = reservationOf(made);
  const tokens = { ...NO_TOKENS, inputTokens: 10, outputTokens: 5, ...made.tokens };
  const costUsdMicros = price === undefined ? 0n : costOf(tokens, price);
  const at = made.at ?? new Date('2026-06-01T12:00:00Z');
  if ((await ledger.settle({ ...call, tokens, costUsdMicros, at })) === undefined) throw new Error('Not settled.');
  return costUsdMicros;
}

/** A call that was made and settled. */
export async function makeCall(stores: Pick<Stores, 'ledger'>, made: MadeCall): Promise<bigint> {
  await reserveCall(stores, made);
  return settleCall(stores, made);
}

/** A call whose owner was gone before it heard of its usage. */
export async function abandonCall(stores: Pick<Stores, 'ledger'>, made: MadeCall): Promise<bigint> {
  const { executionId, path, attempt, amountUsdMicros } = await reserveCall(stores, made);
  await stores.ledger.settleEstimated(
    { executionId, calls: [{ path, attempt }] },
    made.at ?? new Date('2026-06-01T12:00:00Z'),
  );
  return amountUsdMicros;
}
