import { agentStep } from './agent-step.ts';
import type { ShownEndFragment, ShownEventFragment, ShownFailureFragment } from './generated/graphql.ts';
import { dollars } from './money.ts';
import { duration, oneLine } from './text-width.ts';

// The types of events are an open set: an unknown one is shown by its name.
const WORDS: Readonly<Record<string, string>> = {
  EXECUTION_REQUESTED: 'requested',
  EXECUTION_STARTED: 'started',
  ATTEMPT_STARTED: 'started',
  ATTEMPT_SUCCEEDED: 'succeeded',
  ATTEMPT_FAILED: 'failed',
  ATTEMPT_ABANDONED: 'abandoned',
  ATTEMPT_CANCELED: 'canceled',
  NODE_FAILED: 'failed',
  NODE_SKIPPED: 'skipped',
  BODY_SUCCEEDED: 'done',
  CANCEL_REQUESTED: 'cancel requested',
  PAUSE_REQUESTED: 'pause requested',
  EXECUTION_PAUSED: 'paused',
  RESUME_REQUESTED: 'resume requested',
  EXECUTION_RESUMED: 'resumed',
  EXECUTION_SUCCEEDED: 'succeeded',
  EXECUTION_FAILED: 'failed',
  EXECUTION_CANCELED: 'canceled',
};

/** An event as one plain line: the time since the first one that was seen, the place, what happened. */
export function eventLine(event: ShownEventFragment, firstAt: number): string {
  const at = Date.parse(event.at);
  const place = 'path' in event && event.path !== '' ? event.path : 'execution';
  const parts = [
    `+${((at - firstAt) / 1_000).toFixed(3)}`.padStart(9),
    oneLine(place),
    agentStep(event) ?? WORDS[event.type] ?? event.type,
  ];
  if ('attempt' in event && event.attempt > 1) parts.push(`(attempt ${event.attempt})`);
  if ('failure' in event) parts.push(failureText(event.failure));
  if ('receipt' in event && 'failure' in event) parts.push(...deniedCall(event.failure.message, event.receipt));
  if ('retryAt' in event && typeof event.retryAt === 'string')
    parts.push(`again in ${duration(Date.parse(event.retryAt) - at)}`);
  if (event.__typename === 'AgentTurned') {
    const { inputTokens, outputTokens, costUsdMicros } = event.usage;
    parts.push(oneLine(`${event.model}: ${inputTokens} + ${outputTokens} tokens, ${dollars(costUsdMicros)}`));
  }
  if ('reason' in event && typeof event.reason === 'string' && event.reason !== '') parts.push(oneLine(event.reason));
  if (event.__typename === 'ExecutionPaused' && event.cause === 'BUDGET_SOFT_LIMIT')
    parts.push('the soft limit of its budget is reached');
  if (event.__typename === 'ExecutionCanceled') {
    const stopped = event.stopped.map(({ path }) => oneLine(path)).join(', ');
    parts.push(`stopped ${stopped || 'nothing that ran'}, quiet after ${duration(event.quietMs)}`);
  }
  return parts.join('  ');
}

/** The system call for which the kernel stopped a worker, where the sentence does not name it. */
export function deniedCall(message: string, end: ShownEndFragment | null | undefined): readonly string[] {
  const call = end?.deniedCall;
  // As a word: `read` is no part of "thread".
  return typeof call !== 'string' || message.split(/\W+/).includes(call)
    ? []
    : [oneLine(`denied system call: ${call}`)];
}

/** Why something failed, in one line. */
export function failureText(failure: ShownFailureFragment): string {
  const where = typeof failure.path === 'string' && failure.path !== '' ? `${failure.path}: ` : '';
  return oneLine(`${where}${failure.message} (${failure.reason})`);
}
