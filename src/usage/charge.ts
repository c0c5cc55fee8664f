import type { BlueprintId, ExecutionId, TenantId } from '../core/ids.ts';
import type { Price } from './prices.ts';

/** One call of a model, by the place in the execution from which it is made. */
export interface CallKey {
  readonly executionId: ExecutionId;
  readonly path: string;
  readonly attempt: number;
  /** Counts the calls of one attempt, from 0 on; each try at the provider is one. */
  readonly call: number;
}

/** `memory` is no call of a model: a read or a write of what agents remember, which costs nothing by itself. */
export const CALL_KINDS = ['llm', 'embedding', 'memory'] as const;
export type CallKind = (typeof CALL_KINDS)[number];

/** What a call is charged to and for. */
export interface Charge extends CallKey {
  readonly tenant: TenantId;
  /** Whose budget it is, with all that it started. */
  readonly rootExecutionId: ExecutionId;
  /** Undefined: a client asked outside of every execution. The IDs are that of its request, and as the root that of its tenant's day. */
  readonly blueprintId: BlueprintId | undefined;
  readonly kind: CallKind;
  readonly model: string;
  /** Undefined: the model is declared free. */
  readonly price: Price | undefined;
}

/** What is held of the budget before a call is made: the most that it may cost. */
export interface Reservation extends Charge {
  readonly amountUsdMicros: bigint;
  readonly tokens: { readonly input: number; readonly output: number };
}

/** A budget as it stands. */
export interface BudgetState {
  /** Undefined: not bounded. */
  readonly maxCostUsdMicros: bigint | undefined;
  readonly reservedUsdMicros: bigint;
  readonly spentUsdMicros: bigint;
}
