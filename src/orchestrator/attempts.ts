import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { ExecutionId } from '../core/ids.ts';
import type { Failure, Measured, ValueRef } from '../execution/events.ts';
import type { RunningAttempt } from '../execution/state.ts';
import type { Evaluated } from '../expression/template.ts';
import type { Voice } from '../live/live-texts.ts';
import { AttemptStopped, type CancelCause, type StopCause } from './attempt-stopped.ts';
import type { AttemptSteps } from './attempt-steps.ts';
import type { Spender } from './charged-call.ts';
import type { AttemptContext, AttemptOutcome, Executors, Keep, Maybe, Pinned } from './executor.ts';
import { patiently } from './patiently.ts';

/** What came of an attempt, ready to be recorded: large values are committed as artifacts. */
export interface FinishedAttempt {
  readonly path: string;
  readonly attempt: number;
  /** Without members that are undefined: an event has none. */
  readonly measured: Measured;
  readonly result:
    | { readonly type: 'succeeded'; readonly output: ValueRef }
    | { readonly type: 'failed'; readonly failure: Failure }
    | { readonly type: 'canceled'; readonly cause: CancelCause }
    | { readonly type: 'abandoned'; readonly cause: 'shutdown' | 'paused' };
}

export interface AttemptsDeps {
  readonly owner: () => Omit<Spender, 'path' | 'attempt' | 'nextCall'>;
  readonly clock: Pick<Clock, 'delay'>;
  readonly executors: Executors;
  readonly pinned: () => Pinned;
  readonly openSteps: (running: RunningAttempt, signal: AbortSignal) => AttemptSteps;
  readonly evaluateInput: (running: RunningAttempt) => Maybe<Evaluated>;
  readonly keep: Keep;
  readonly openVoice: (of: { readonly path: string; readonly attempt: number }) => Voice;
  readonly onFinished: (finished: FinishedAttempt) => void;
}

/** The attempts that one execution has in hand in this process. */
export interface Attempts {
  readonly count: number;
  has(path: string): boolean;
  /** Begins an attempt whose `attemptStarted` is committed. */
  launch(running: RunningAttempt): void;
  /** The first cause wins. False when nothing of this path is in hand. */
  cancel(path: string, cause: CancelCause): boolean;
  /** Stops all; their ends are reported as abandoned. Resolves when all are quiet. */
  stopAll(cause: 'shutdown' | 'leaseLost'): Promise<void>;
}

export function createAttempts(deps: AttemptsDeps): Attempts {
  const inHand = new Map<string, { readonly controller: AbortController; readonly done: Promise<void> }>();

  async function carryOut(running: RunningAttempt, signal: AbortSignal): Promise<FinishedAttempt> {
    const { path, attempt } = running;
    const voice = deps.openVoice({ path, attempt });
    const outcome = await tryNode(running, voice, signal).finally(() => voice.close());
    const measured = measuredOf(outcome);
    const finish = (result: FinishedAttempt['result']): FinishedAttempt => ({ path, attempt, measured, result });
    if (outcome.type === 'failed') return finish({ type: 'failed', failure: { ...outcome.failure, path } });
    if (outcome.type === 'aborted') return finish(stopped(signal));
    if (outcome.type === 'paused') return finish({ type: 'abandoned', cause: 'paused' });
    // The node has acted, and must not act again because the database is away.
    const kept = await patiently(deps.clock, () => deps.keep(outcome.output), signal).catch((error: unknown) => ({
      error,
    }));
    if ('error' in kept) return finish(resultOfFault(running, kept.error));
    if (!('tooLarge' in kept)) return finish({ type: 'succeeded', output: kept });
    const message = `output of "${path}" ${kept.tooLarge}.`;
    return finish({ type: 'failed', failure: { reason: 'limitReached', message, retryable: false, path } });
  }

  async function tryNode(running: RunningAttempt, { say }: Voice, signal: AbortSignal): Promise<AttemptOutcome> {
    const { node, path, attempt } = running;
    const input = await patiently(deps.clock, () => deps.evaluateInput(running), signal);
    if (!input.ok) {
      const message = `input of "${path}": ${input.error.message} (in \${ ${input.error.expression} })`;
      return { type: 'failed', failure: { reason: 'expressionFailed', message, retryable: false } };
    }
    const { executors, owner } = deps;
    const own = owner();
    let calls = 0;
    const context: AttemptContext = {
      ...{ ...own, path, attempt, nextCall: () => calls++, input: input.value },
      idempotencyKey: idempotencyKeyOf(own.executionId, path),
      pinned: deps.pinned(),
      steps: deps.openSteps(running, signal),
      say,
    };
    if (node.kind === 'tool') return executors.tool.run(node, context, signal);
    if (node.kind === 'code') return executors.code.run(node, context, signal);
    if (node.kind === 'llm') return executors.llm.run(node, context, signal);
    if (node.kind === 'agent') return executors.agent.run(node, context, signal);
    if (node.kind === 'swarm') return executors.swarm.run(node, context, signal);
    throw new Error(`A ${node.kind} node has no effect and no attempt of its own.`);
  }

  return {
    get count() {
      return inHand.size;
    },
    has: (path) => inHand.has(path),
    launch(running) {
      const controller = new AbortController();
      const done = carryOut(running, controller.signal)
        .catch((error: unknown): FinishedAttempt => {
          const { path, attempt } = running;
          return { path, attempt, measured: {}, result: resultOfFault(running, error) };
        })
        .then((finished) => {
          inHand.delete(running.path);
          deps.onFinished(finished);
        });
      inHand.set(running.path, { controller, done });
    },
    cancel(path, cause) {
      const found = inHand.get(path);
      if (found && !found.controller.signal.aborted) found.controller.abort(new AttemptStopped(cause));
      return found !== undefined;
    },
    async stopAll(cause) {
      const all = [...inHand.values()];
      for (const { controller } of all) controller.abort(new AttemptStopped(cause));
      await Promise.all(all.map(({ done }) => done));
    },
  };
}

const measuredOf = ({ usage, receipt }: Measured): Measured => ({
  ...(usage && { usage }),
  ...(receipt && { receipt }),
});

function stopped(signal: AbortSignal): FinishedAttempt['result'] {
  const reason: unknown = signal.reason;
  return resultOfStop(reason instanceof AttemptStopped ? reason.cause : 'leaseLost');
}

function resultOfStop(cause: StopCause): FinishedAttempt['result'] {
  return cause === 'shutdown' || cause === 'leaseLost'
    ? { type: 'abandoned', cause: 'shutdown' }
    : { type: 'canceled', cause };
}

/** An executor never rejects because of what a node did: what comes here is ours, or the stop while the database was away. */
function resultOfFault({ path }: RunningAttempt, error: unknown): FinishedAttempt['result'] {
  if (error instanceof AttemptStopped) return resultOfStop(error.cause);
  const message = `The attempt could not be carried out: ${error instanceof Error ? error.message : String(error)}`;
  return { type: 'failed', failure: { reason: 'threw', message, retryable: true, path } };
}

/** Equal for all attempts of a node in an execution: tools pass it on to what they call. */
const idempotencyKeyOf = (executionId: ExecutionId, path: string): string =>
  createHash('sha256').update(`${executionId}\n${path}`).digest('hex');
