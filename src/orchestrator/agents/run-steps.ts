import { AgentAsk } from '../../blueprint/model-ask.ts';
import type { AgentPlan, SwarmPlan } from '../../blueprint/plan.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { Json } from '../../core/json.ts';
import { StepTooLargeError } from '../attempt-steps.ts';
import { AttemptStopped } from '../attempt-stopped.ts';
import type { AttemptContext, AttemptOutcome } from '../executor.ts';
import type { AgentEnd } from './agent-end.ts';
import { textOf } from './told.ts';
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
    let scope: AgentScope | undefined;
    const outcome = await ended(async () => {
      scope = await openAgentScope(attempt, deps, either);
      return work(asked, scope);
    });
    const usage = scope?.used();
    return { ...outcome, ...(usage && { usage }) };

    async function ended(doWork: () => Promise<StepsEnd>): Promise<AttemptOutcome> {
      try {
        const end = await doWork();
        if (end.type === 'aborted' && isLate()) return timedOut(node.kind, timeoutMs);
        return end.type === 'failed' ? { type: 'failed', failure: end.failure } : end;
      } catch (error) {
        if (isLate()) return timedOut(node.kind, timeoutMs);
        if (signal.aborted) return { type: 'aborted' };
        if (error instanceof AttemptStopped) throw error;
        if (error instanceof StepTooLargeError) return failed('limitReached', error.message);
        // Ours, and no reason to lose what was spent.
        return failed('threw', `The attempt could not be carried out: ${String(error)}`, true);
      }
    }
  });
}

const failed = (reason: 'threw' | 'timedOut' | 'limitReached', message: string, retryable = false): AttemptOutcome => ({
  type: 'failed',
  failure: { reason, message, retryable },
});

const timedOut = (kind: string, timeoutMs: number): AttemptOutcome =>
  failed('timedOut', `The ${kind} came to no end within ${timeoutMs} ms (limits.timeoutMs).`, true);
