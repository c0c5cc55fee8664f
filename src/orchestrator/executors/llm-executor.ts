import { ModelAsk } from '../../blueprint/model-ask.ts';
import type { LlmPlan } from '../../blueprint/plan.ts';
import { bytesLeft } from '../../core/bytes-left.ts';
import type { Clock } from '../../core/clock.ts';
import { withDeadline } from '../../core/deadline.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { EventUsage } from '../../execution/events.ts';
import type { ModelAnswer, ModelMessage } from '../../llm/provider.ts';
import { faultsOf, parsed } from '../json-answer.ts';
import type { AttemptOutcome, EffectExecutor } from '../executor.ts';
import type { ModelQuestion, OpenModelCalls } from '../model-calls.ts';
import { WAITED } from '../repeated-call.ts';

export interface LlmExecutorDeps {
  readonly openModelCalls: OpenModelCalls;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Faults of a value against a JSON Schema, as sentences. */
  readonly validate: (schema: JsonObject, value: Json) => readonly string[];
}

/** Asks a model once; its text is said as it comes. */
export const createLlmExecutor = (deps: LlmExecutorDeps): EffectExecutor<'llm'> => ({
  effect: true,
  async run(node, attempt, signal) {
    const startedAt = deps.clock.monotonicMs();
    const calls = deps.openModelCalls(attempt);
    const maxBytes = calls.maxInputBytes(node.spec.model);
    // Before anything walks through it: templates can make much of little.
    if (bytesLeft(attempt.input, maxBytes) < 0)
      return failed('limitReached', `What "${attempt.path}" asks is larger than ${maxBytes} bytes (maxInputBytes).`);
    const ask = ModelAsk.safeParse(attempt.input);
    if (!ask.success)
      return failed('threw', `What "${attempt.path}" asks is no list of messages: ${firstOf(ask.error)}`);
    const { timeoutMs } = node.limits;
    const outcome = await withDeadline(timeoutMs, signal, async (either, isLate): Promise<AttemptOutcome> => {
      const onText = (piece: string): void => attempt.say('text', piece);
      const said = await calls.ask(questionOf(node, ask.data), { signal: either, onText });
      if (said.type === 'failed') return { type: 'failed', failure: said.failure };
      if (said.type === 'answered') return answered(node, said, deps.validate);
      if (!isLate()) return { type: 'aborted' };
      return said.isUnasked ? notAsked(timeoutMs) : timedOut(timeoutMs);
    });
    const { inputTokens, outputTokens, costUsdMicros } = calls.spent;
    const usage: EventUsage = {
      ...{ cpuMs: 0, wallMs: Math.round(deps.clock.monotonicMs() - startedAt), peakMemoryBytes: 0 },
      ...{ inputTokens, outputTokens, costUsdMicros: Number(costUsdMicros) },
    };
    return { ...outcome, usage };
  },
});

function questionOf({ spec }: LlmPlan, { system, prompt, messages }: ModelAsk): ModelQuestion {
  const asked: readonly ModelMessage[] =
    messages === undefined
      ? [{ role: 'user', text: textOf(prompt ?? '') }]
      : messages.map(({ role, text }) => (role === 'user' ? { role, text } : { role, text, toolCalls: [] }));
  return {
    model: spec.model,
    messages: system === undefined ? asked : [{ role: 'system', text: textOf(system) }, ...asked],
    parameters: spec.parameters ?? {},
    ...(spec.outputSchema && { output: spec.outputSchema }),
  };
}

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

interface Answered {
  readonly answer: ModelAnswer;
  readonly model: string;
}

function answered({ spec }: LlmPlan, said: Answered, validate: LlmExecutorDeps['validate']): AttemptOutcome {
  const { text, finish } = said.answer;
  const output: JsonObject = { text, finish, model: said.model };
  if (spec.outputSchema === undefined) return { type: 'succeeded', output };
  const json = parsed(text);
  if (json === undefined) {
    const why = finish === 'length' ? 'It was cut off at "parameters.maxOutputTokens".' : 'It is no JSON.';
    return failed('badOutput', `"${said.model}" did not answer in JSON. ${why}`, true);
  }
  const faults = faultsOf(json.json, spec.outputSchema, validate);
  if (faults === '') return { type: 'succeeded', output: { ...output, ...json } };
  return failed('badOutput', `"${said.model}" answered what "outputSchema" forbids: ${faults}`, true);
}

type Reason = 'threw' | 'badOutput' | 'timedOut' | 'limitReached';

const failed = (reason: Reason, message: string, retryable = false): AttemptOutcome => ({
  type: 'failed',
  failure: { reason, message, retryable },
});

const timedOut = (timeoutMs: number): AttemptOutcome =>
  failed('timedOut', `The model did not answer within ${timeoutMs} ms (limits.timeoutMs).`, true);

const notAsked = (timeoutMs: number): AttemptOutcome =>
  failed('timedOut', `The model was not asked within ${timeoutMs} ms (limits.timeoutMs): ${WAITED}.`, true);

const firstOf = ({ issues: [issue] }: { readonly issues: readonly { path: PropertyKey[]; message: string }[] }) =>
  issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
