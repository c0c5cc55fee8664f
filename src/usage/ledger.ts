import type { BlueprintId, ExecutionId } from '../core/ids.ts';
import type { BudgetState, CallKey, CallKind, Charge } from './charge.ts';
import type { TokenUsage } from './tokens.ts';

/** `received`: what the provider said; `estimated`: it said nothing, and the call is charged as it was reserved. */
export const CALL_USAGE_SOURCES = ['received', 'estimated'] as const;
export type CallUsageSource = (typeof CALL_USAGE_SOURCES)[number];

/** What one call cost; never changed. */
export interface LedgerEntry extends Charge, TokenUsage {
  readonly costUsdMicros: bigint;
  readonly usageSource: CallUsageSource;
  /** When it was settled, milliseconds since 1970. */
  readonly at: number;
}

/** The place of an entry in the list, newest first. */
export interface LedgerPlace extends CallKey {
  readonly at: number;
}

/** Which entries; what is absent lets all pass. */
export interface LedgerFilter {
  /** Of the root execution of this one, with all that it started. */
  readonly executionId?: ExecutionId | undefined;
  readonly blueprintId?: BlueprintId | undefined;
  readonly model?: string | undefined;
  readonly kind?: CallKind | undefined;
  readonly usageSource?: CallUsageSource | undefined;
  /** Milliseconds since 1970: from this instant on, and before that one. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** By what sums are made; days and hours are those of UTC. */
export const USAGE_GROUPINGS = ['day', 'hour', 'blueprint', 'model', 'kind'] as const;
export type UsageGrouping = (typeof USAGE_GROUPINGS)[number];

interface CallCounts extends TokenUsage {
  readonly calls: number;
  /** Those of them whose usage nobody received. */
  readonly estimatedCalls: number;
}

/** The sums of one group. Of the first four, the one by which it was grouped is there. */
export interface UsageTotals extends CallCounts {
  readonly startsAt?: number;
  readonly blueprintId?: BlueprintId;
  readonly model?: string;
  readonly kind?: CallKind;
  readonly costUsdMicros: bigint;
}

/** What a root execution has cost so far, with all that it started. */
export interface RunningUsage extends CallCounts, BudgetState {
  readonly rootExecutionId: ExecutionId;
}
