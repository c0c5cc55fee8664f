import { z } from 'zod';
import { FailureReason as AttemptFailureReason } from '../blueprint/node.ts';
import type { Json } from '../core/json.ts';
import type { SandboxReceipt } from '../usage/receipt.ts';
import type { Usage } from '../usage/usage.ts';
import { RecordedReceipt } from './recorded-receipt.ts';

/** What every event says. */
export const fact = {
  /** 1, 2, 3, ... without gaps. */
  sequence: z.int().min(1),
  /** Milliseconds since 1970; never runs backwards within an execution. */
  at: z.number(),
};
export const nodeFact = { ...fact, path: z.string() };
export const attemptFact = { ...nodeFact, attempt: z.int().min(1) };

/**
 * A recorded value. Only its presence is checked: it comes out of `JSON.parse`, so it is JSON by construction, and a
 * schema that walks every value would cost more than the rest of a replay.
 */
const RecordedJson = z.custom<Json>((value) => value !== undefined);

/** A value in an event: as it is up to 256 KiB, else the digest of an artifact that was committed before. */
export const ValueRef = z.union([
  z.strictObject({ inline: RecordedJson }),
  z.strictObject({ artifact: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(0) }),
]);
export type ValueRef = z.infer<typeof ValueRef>;

/** Those for which a policy may retry, and those that come from outside the attempt. */
export const FailureReason = z.enum([
  ...AttemptFailureReason.options,
  'budgetExceeded',
  'orchestratorCrashed',
  'historyTooLong',
  'deadlinePassed',
  'canceled',
]);
export type FailureReason = z.infer<typeof FailureReason>;

/** Why an attempt, a node or an execution did not succeed. `path` names the node where it began. */
export const Failure = z.strictObject({
  reason: FailureReason,
  message: z.string(),
  retryable: z.boolean(),
  path: z.string().optional(),
});
export type Failure = z.infer<typeof Failure>;

/** What an attempt used; absent for kinds that do nothing but evaluate. What models took stands where one was asked. */
export const EventUsage = z.strictObject({
  cpuMs: z.number(),
  wallMs: z.number(),
  peakMemoryBytes: z.number(),
  inputTokens: z.int().min(0).optional(),
  outputTokens: z.int().min(0).optional(),
  /** In whole micro-dollars: a journal is JSON, and no attempt costs 2^53 of them. */
  costUsdMicros: z.int().min(0).optional(),
});
export type EventUsage = z.infer<typeof EventUsage>;

/** What was measured of an attempt. A receipt of the sandbox says its usage too, so `usage` stands only where there is none. */
export const measured = { usage: EventUsage.optional(), receipt: RecordedReceipt.optional() };
export interface Measured {
  readonly usage?: EventUsage | undefined;
  readonly receipt?: SandboxReceipt | undefined;
}

/** What an attempt used, wherever its event says it. */
export function usageOf({ usage, receipt }: Measured): Usage | undefined {
  const measured: EventUsage | undefined = usage ?? receipt;
  if (measured === undefined) return undefined;
  const { cpuMs, wallMs, peakMemoryBytes, inputTokens = 0, outputTokens = 0, costUsdMicros = 0 } = measured;
  return { cpuMs, wallMs, peakMemoryBytes, inputTokens, outputTokens, costUsdMicros: BigInt(costUsdMicros) };
}
