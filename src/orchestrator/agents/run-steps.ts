import { AgentAsk } from '../../blueprint/model-ask.ts';
import type { AgentPlan, SwarmPlan } from '../../blueprint/plan.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { Json } from '../../core/json.ts';
import type { AttemptContext, AttemptOutcome } from '../executor.ts';
import type { AgentEnd } from './agent-end.ts';
import { textOf } from './agent-loop.ts';
import { openAgentScope, type AgentDeps, type AgentScope } from './agent-scope.ts';

/** What is to be done, and whose past it belongs to. */
export interface Asked {
  readonly prompt: string;
  readonly session: string;
}

export type StepsEnd =
  { readonly type: 'succeeded'; readonly output: Json } | Exclude<AgentEnd, { readonly type: 'answered' }>;

/** One attempt that goes in steps, within its time; what it used is told however it ends. */
export async function runSteps(
  {
    node,
    attempt,
    deps,
  }: { readonly node: AgentPlan | SwarmPlan; readonly attempt: AttemptContext; readonly deps: AgentDeps },
  signal: AbortSignal,
  work: (asked: Asked, scope: AgentScope) => Promise<StepsEnd>,
): Promise<AttemptOutcome> {
  const { timeoutMs } = node.limits;
  const ask = AgentAsk.safeParse(attempt.input);
  if (!ask.success) return failed('threw', `What "${attempt.path}" asks is no prompt: ${ask.error.message}`);
  const { prompt, session } = ask.data;
  const asked: Asked = {
    prompt: textOf(prompt),
    session: session === undefined || session === null ? attempt.executionId : textOf(session),
  };
  return withDeadline(timeoutMs, signal, async (either, isLate): Promise<AttemptOutcome> => {
    const scope = await openAgentScope(attempt, deps, either);
    const ended = async (): Promise<AttemptOutcome> => {
      const end = await work(asked, scope);
      if (end.type === 'aborted' && isLate()) return timedOut(node.kind, timeoutMs);
      return end.type === 'failed' ? { type: 'failed', failure: end.failure } : end;
    };
    const outcome = await ended().catch((error: unknown): AttemptOutcome => {
      if (isLate()) return timedOut(node.kind, timeoutMs);
      if (signal.aborted) return { type: 'aborted' };
      throw error;
    });
    return { ...outcome, usage: scope.used() };
  });
}

const failed = (reason: 'threw' | 'timedOut', message: string, retryable = false): AttemptOutcome => ({
  type: 'failed',
  failure: { reason, message, retryable },
});

const timedOut = (kind: string, timeoutMs: number): AttemptOutcome =>
  failed('timedOut', `The ${kind} came to no end within ${timeoutMs} ms (limits.timeoutMs).`, true);
