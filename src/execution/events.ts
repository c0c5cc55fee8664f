import { z } from 'zod';
import type { BudgetChange } from '../usage/budget.ts';
import {
  AgentTurned,
  NoteWritten,
  PastRecalled,
  RoundEnded,
  TaskHandedOver,
  ToolCalled,
  VoteCast,
} from './agent-events.ts';
import { attemptFact, EventUsage, fact, Failure, measured, nodeFact, ValueRef } from './event-parts.ts';

export { EventUsage, Failure, FailureReason, usageOf, ValueRef, type Measured } from './event-parts.ts';

/** What may be spent, in whole micro-dollars: a journal is JSON, so below 2^53. */
export const RecordedBudget = z.strictObject({
  maxCostUsdMicros: z.int().min(0).optional(),
  softCostUsdMicros: z.int().min(0).optional(),
});
export type RecordedBudget = z.infer<typeof RecordedBudget>;

/** As everything but the journal counts money. */
export const toBudgetChange = ({ maxCostUsdMicros: max, softCostUsdMicros: soft }: RecordedBudget): BudgetChange => ({
  ...(max !== undefined && { maxCostUsdMicros: BigInt(max) }),
  ...(soft !== undefined && { softCostUsdMicros: BigInt(soft) }),
});

/** As the journal says it; undefined when it bounds nothing. */
export function toRecordedBudget(change: BudgetChange): RecordedBudget | undefined {
  const { maxCostUsdMicros: max, softCostUsdMicros: soft } = change;
  if (max === undefined && soft === undefined) return undefined;
  return {
    ...(max !== undefined && { maxCostUsdMicros: Number(max) }),
    ...(soft !== undefined && { softCostUsdMicros: Number(soft) }),
  };
}

export const ExecutionRequested = z.strictObject({
  ...fact,
  type: z.literal('executionRequested'),
  blueprintId: z.string(),
  version: z.int(),
  fingerprint: z.string(),
  input: ValueRef,
  maxWallMs: z.int().optional(),
  /** What it may cost: the blueprint's budget and what the start asked for in one. Absent: as the blueprint says. */
  budget: RecordedBudget.optional(),
  requestedBy: z.string(),
  /** The W3C trace context within which it was asked for: whoever carries it forward goes on with that trace. Absent: none. */
  traceparent: z.string().optional(),
});
export const ExecutionStarted = z.strictObject({
  ...fact,
  type: z.literal('executionStarted'),
  /** Versions of the registered tools at the start, by name. */
  tools: z.record(z.string(), z.string()),
  /** Versions of the registered agents and models; absent where none is used, or an older release wrote it. */
  agents: z.record(z.string(), z.string()).optional(),
  models: z.record(z.string(), z.string()).optional(),
  /** An instant after which the execution may not continue. */
  deadlineAt: z.number(),
});
/** What a composite found when it opened; evaluated once and never again on replay. */
export const Opened = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('loop'), items: ValueRef, count: z.int().min(0) }),
  /** `branch` null: no condition held and there is no `otherwise`. */
  z.strictObject({ kind: z.literal('condition'), branch: z.int().nullable() }),
  z.strictObject({ kind: z.literal('parallel') }),
]);
export type Opened = z.infer<typeof Opened>;
export const AttemptStarted = z.strictObject({
  ...attemptFact,
  type: z.literal('attemptStarted'),
  opened: Opened.optional(),
});
export const AttemptSucceeded = z.strictObject({
  ...attemptFact,
  type: z.literal('attemptSucceeded'),
  /** Present when no `attemptStarted` was written before: kinds without effects are one event. */
  startedAt: z.number().optional(),
  output: ValueRef,
  ...measured,
});
export const AttemptFailed = z.strictObject({
  ...attemptFact,
  type: z.literal('attemptFailed'),
  failure: Failure,
  ...measured,
  /** Absent: no further attempt. */
  retryAt: z.number().optional(),
});
/** The process that ran the attempt is gone, and its outcome is unknown; or it stopped by itself. */
export const AttemptAbandoned = z.strictObject({
  ...attemptFact,
  type: z.literal('attemptAbandoned'),
  /** `paused`: it stopped by itself where it can go on later. */
  cause: z.enum(['ownerDied', 'shutdown', 'paused']),
  /** What its calls of models were charged: of all that it did, that alone is known. */
  usage: EventUsage.optional(),
});
export const AttemptCanceled = z.strictObject({
  ...attemptFact,
  type: z.literal('attemptCanceled'),
  cause: z.enum(['cancelRequested', 'deadlinePassed', 'siblingFailed', 'notNeeded']),
  ...measured,
});
/** A node that failed without an attempt of its own: a composite, or an expression. Of a body: its output expression. */
export const NodeFailed = z.strictObject({ ...nodeFact, type: z.literal('nodeFailed'), failure: Failure });
export const NodeSkipped = z.strictObject({
  ...nodeFact,
  type: z.literal('nodeSkipped'),
  cause: z.enum(['conditionFalse', 'dependencySkipped', 'fallbackNotNeeded']),
});
/** One iteration of a loop or one branch of a parallel node ended well; `path` is `audit[17]` or `both.a`. */
export const BodySucceeded = z.strictObject({ ...nodeFact, type: z.literal('bodySucceeded'), output: ValueRef });
export const CancelRequested = z.strictObject({
  ...fact,
  type: z.literal('cancelRequested'),
  requestedBy: z.string(),
  reason: z.string().optional(),
});
/** From here on nothing begins. */
export const PauseRequested = z.strictObject({
  ...fact,
  type: z.literal('pauseRequested'),
  requestedBy: z.string(),
  reason: z.string().optional(),
});
/** The owner begins nothing any more. For the soft limit nobody has asked: the pause begins with this event. */
export const ExecutionPaused = z.strictObject({
  ...fact,
  type: z.literal('executionPaused'),
  cause: z.enum(['requested', 'budgetSoftLimit']),
});
/** The budget is replaced where it is given, also that of an execution that runs. */
export const ResumeRequested = z.strictObject({
  ...fact,
  type: z.literal('resumeRequested'),
  requestedBy: z.string(),
  budget: RecordedBudget.optional(),
});
/** The owner goes on. */
export const ExecutionResumed = z.strictObject({ ...fact, type: z.literal('executionResumed') });
export const ExecutionSucceeded = z.strictObject({ ...fact, type: z.literal('executionSucceeded'), output: ValueRef });
export const ExecutionFailed = z.strictObject({ ...fact, type: z.literal('executionFailed'), failure: Failure });
/** The receipt: which attempts were stopped, and how long it took until all was quiet. */
export const ExecutionCanceled = z.strictObject({
  ...fact,
  type: z.literal('executionCanceled'),
  stopped: z.array(z.strictObject({ path: z.string(), attempt: z.int() })),
  quietMs: z.number(),
});

/** A fact about an execution, in the past tense; only ever appended. */
export const ExecutionEvent = z.discriminatedUnion('type', [
  ExecutionRequested,
  ExecutionStarted,
  AttemptStarted,
  AttemptSucceeded,
  AttemptFailed,
  AttemptAbandoned,
  AttemptCanceled,
  NodeFailed,
  NodeSkipped,
  BodySucceeded,
  AgentTurned,
  ToolCalled,
  TaskHandedOver,
  VoteCast,
  RoundEnded,
  NoteWritten,
  PastRecalled,
  CancelRequested,
  PauseRequested,
  ExecutionPaused,
  ResumeRequested,
  ExecutionResumed,
  ExecutionSucceeded,
  ExecutionFailed,
  ExecutionCanceled,
]);
export type ExecutionEvent = z.infer<typeof ExecutionEvent>;
export type ExecutionEventType = ExecutionEvent['type'];
export type ExecutionEventOf<T extends ExecutionEventType> = Extract<ExecutionEvent, { type: T }>;

type Draft<E> = E extends ExecutionEvent ? Omit<E, 'sequence' | 'at'> : never;
/** An event that has no place yet: the orchestrator gives it its sequence and time when it appends it. */
export type EventDraft = Draft<ExecutionEvent>;

/** Numbers of the types in the database. Never reuse one. */
export const EVENT_TYPE_CODES: Readonly<Record<ExecutionEventType, number>> = {
  executionRequested: 1,
  executionStarted: 2,
  attemptStarted: 3,
  attemptSucceeded: 4,
  attemptFailed: 5,
  attemptAbandoned: 6,
  attemptCanceled: 7,
  nodeFailed: 8,
  nodeSkipped: 9,
  bodySucceeded: 10,
  cancelRequested: 11,
  executionSucceeded: 12,
  executionFailed: 13,
  executionCanceled: 14,
  pauseRequested: 15,
  executionPaused: 16,
  resumeRequested: 17,
  executionResumed: 18,
  agentTurned: 19,
  toolCalled: 20,
  taskHandedOver: 21,
  voteCast: 22,
  roundEnded: 23,
  noteWritten: 24,
  pastRecalled: 25,
};

/** Rises when a new kind of event is appended; a process claims only formats that it knows. */
export const EVENT_FORMAT = 4;

/** A recorded event of a type that this release does not know. */
export interface UnknownEvent {
  readonly type: 'unknown';
  readonly sequence: number;
  readonly at: number;
}
export type RecordedEvent = ExecutionEvent | UnknownEvent;

export const isTerminalEvent = (event: Pick<RecordedEvent, 'type'>): boolean =>
  event.type === 'executionSucceeded' || event.type === 'executionFailed' || event.type === 'executionCanceled';
