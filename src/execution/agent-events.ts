import { z } from 'zod';
import { attemptFact, ValueRef } from './event-parts.ts';
import { RecordedReceipt } from './recorded-receipt.ts';

/**
 * One step of an attempt that takes many, such as an agent's. What is recorded is not done again: an attempt whose process
 * is gone, or that was paused, is followed by one that goes on behind the last step.
 */
const stepFact = {
  ...attemptFact,
  /** 1, 2, 3, ... of the node; a failed attempt is followed by one that begins anew. */
  step: z.int().min(1),
  /** Which conversation: empty for an agent by itself, else what the members of a swarm are asked, such as `1/vote/ada`. */
  thread: z.string(),
};

/** An agent was told what its episodic memory knows of its session: before its first turn, and once. */
export const PastRecalled = z.strictObject({
  ...stepFact,
  type: z.literal('pastRecalled'),
  agent: z.string(),
  /** The registered memory. */
  memory: z.string(),
  session: z.string(),
  /** How many there were. */
  episodes: z.int().min(0),
  /** Their texts, the oldest first. */
  value: ValueRef,
});
/** A model answered an agent: with text, with calls of tools, or both. */
export const AgentTurned = z.strictObject({
  ...stepFact,
  type: z.literal('agentTurned'),
  agent: z.string(),
  /** Of its conversation, from 1. */
  turn: z.int().min(1),
  /** The registered model that answered. */
  model: z.string(),
  /** `{ text, toolCalls: [{ id, name, input }] }`. */
  value: ValueRef,
  finish: z.enum(['stop', 'length', 'toolCalls', 'contentFilter', 'other']),
  inputTokens: z.int().min(0),
  outputTokens: z.int().min(0),
  costUsdMicros: z.int().min(0),
});
/** A tool that a model had asked for was called, or refused. */
export const ToolCalled = z.strictObject({
  ...stepFact,
  type: z.literal('toolCalled'),
  agent: z.string(),
  turn: z.int().min(1),
  /** Its place among the calls of the turn, from 0. */
  call: z.int().min(0),
  tool: z.string(),
  /** What the model is told: the tool's output, or why there is none. */
  value: ValueRef,
  isError: z.boolean(),
  receipt: RecordedReceipt.optional(),
});
/** An agent gave a task to another one. */
export const TaskHandedOver = z.strictObject({
  ...stepFact,
  type: z.literal('taskHandedOver'),
  agent: z.string(),
  to: z.string(),
  /** The task, as text. */
  value: ValueRef,
});
/** A member of a swarm chose among answers, or offered to do the work. */
export const VoteCast = z.strictObject({
  ...stepFact,
  type: z.literal('voteCast'),
  agent: z.string(),
  round: z.int().min(1),
  /** The member whose answer, or whose work, it votes for. */
  choice: z.string(),
  /** 0 to 1: 1 for a vote, for an offer how sure it is. */
  score: z.number().min(0).max(1),
  reason: z.string(),
});
/** Every member of a swarm was heard. */
export const RoundEnded = z.strictObject({
  ...stepFact,
  type: z.literal('roundEnded'),
  round: z.int().min(1),
  /** The member that was chosen; absent: not enough agreed. */
  choice: z.string().optional(),
  /** Sum of the scores by member. */
  tally: z.record(z.string(), z.number()),
});
/** An agent wrote into the working memory of its execution. */
export const NoteWritten = z.strictObject({
  ...stepFact,
  type: z.literal('noteWritten'),
  agent: z.string(),
  key: z.string(),
  /** Of the value as JSON; 0 when the note was deleted. */
  bytes: z.int().min(0),
  /** Absent: the note was deleted. */
  value: ValueRef.optional(),
});
