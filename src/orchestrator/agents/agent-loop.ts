import { z } from 'zod';
import { JsonValue } from '../../blueprint/json-value.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ModelMessage, ModelToolCall } from '../../llm/provider.ts';
import { MAX_CALLS_PER_TURN, type AgentDefinition } from '../../registry/agent.ts';
import { suggestion } from '../../registry/near-matches.ts';
import { failedEnd, type AgentEnd } from './agent-end.ts';
import type { AgentScope } from './agent-scope.ts';
import { toldError, type AgentTool, type CallPlace, type ToolAnswer } from './agent-tool.ts';
import { jsonAnswer } from '../json-answer.ts';
import type { ModelCalls } from '../model-calls.ts';
import { together } from './together.ts';
import { cut } from './told.ts';

/** One conversation of an agent. */
export interface AgentWork {
  readonly thread: string;
  readonly agent: AgentDefinition;
  /** The system message and the task. */
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly AgentTool[];
  readonly maxTurns: number;
  /** Its calls alone. */
  readonly calls: ModelCalls;
  /** JSON Schema of the answer. */
  readonly outputSchema?: JsonObject | undefined;
  /** Told of each piece of what the model says. */
  readonly onText: (piece: string) => void;
}

const Said = z.object({
  text: z.string(),
  toolCalls: z.array(z.object({ id: z.string(), name: z.string(), input: JsonValue })),
});
interface Turn {
  readonly text: string;
  readonly toolCalls: readonly ModelToolCall[];
  readonly finish: string;
}

/**
 * Lets the model work until it answers without calling a tool. Each turn is recorded before its tools are called, and
 * each call before the next turn: what is recorded is taken from there and not done again.
 */
export async function runAgent(work: AgentWork, scope: AgentScope): Promise<AgentEnd> {
  const { agent, outputSchema } = work;
  const messages: ModelMessage[] = [...work.messages];
  for (let turn = 1; turn <= work.maxTurns; turn += 1) {
    const said = await takeTurn({ ...work, messages }, turn, scope);
    if (said.type !== 'said') return said;
    const { text, toolCalls, finish } = said;
    messages.push({ role: 'assistant', text, toolCalls });
    if (toolCalls.length === 0) {
      if (outputSchema === undefined) return { type: 'answered', text, finish, turns: turn };
      const answer = jsonAnswer(text, outputSchema, scope.validate);
      if (answer.ok) return { type: 'answered', text, finish, turns: turn, json: answer.value };
      messages.push({ role: 'user', text: `${answer.error} Answer again, with the JSON alone.` });
      continue;
    }
    const answers = await callAll(work, { turn, toolCalls }, scope);
    const stopped = answers.filter((answer) => answer.type === 'stopped').map(({ end }) => end);
    const cause = stopped.find(({ type }) => type !== 'aborted') ?? stopped[0];
    if (cause !== undefined) return cause;
    for (const [call, answer] of answers.entries()) {
      if (answer.type === 'stopped') continue;
      const { id, name } = toolCalls[call] ?? { id: '', name: '' };
      messages.push({ role: 'tool', callId: id, name, output: answer.value, isError: answer.isError });
    }
  }
  const aim = outputSchema === undefined ? 'an answer' : 'an answer that fits "outputSchema"';
  return failedEnd(
    'limitReached',
    `The agent "${agent.name}" came to no end: ${work.maxTurns} turns (maxTurns) were not enough for ${aim}.`,
    true,
  );
}

type TakenTurn = (Turn & { readonly type: 'said' }) | Exclude<AgentEnd, { readonly type: 'answered' }>;

async function takeTurn(work: AgentWork, turn: number, scope: AgentScope): Promise<TakenTurn> {
  const { thread, agent, messages, tools, calls } = work;
  const { attempt, log, signal } = scope;
  const done = log.find('agentTurned', { thread, turn });
  if (done !== undefined) return { type: 'said', ...Said.parse(done.value), finish: done.finish };
  if (!attempt.steps.mayGoOn()) return { type: 'paused' };
  const maxBytes = calls.maxInputBytes(agent.model);
  const bytes = Buffer.byteLength(JSON.stringify([messages, tools.map(({ model }) => model)]));
  if (bytes > maxBytes)
    return failedEnd(
      'limitReached',
      `What "${agent.name}" has been told is ${bytes} bytes in turn ${turn}, and "${agent.model}" takes ${maxBytes} (maxInputBytes).`,
    );
  const before = calls.spent;
  const outcome = await calls.ask(
    {
      model: agent.model,
      messages,
      ...(tools.length > 0 && { tools: tools.map(({ model }) => model) }),
      // Not every provider has a schema beside tools: then the instructions say it.
      ...(work.outputSchema && tools.length === 0 && { output: work.outputSchema }),
      parameters: { maxOutputTokens: agent.maxOutputTokens, temperature: agent.temperature },
    },
    { signal, onText: work.onText },
  );
  if (outcome.type !== 'answered') return outcome;
  const { text, finish } = outcome.answer;
  const toolCalls = outcome.answer.toolCalls.slice(0, MAX_CALLS_PER_TURN);
  await log.record({
    ...{ type: 'agentTurned', thread, agent: agent.name, turn, model: outcome.model, finish },
    value: { text, toolCalls: toolCalls.map(({ id, name, input }) => ({ id, name, input })) },
    inputTokens: calls.spent.inputTokens - before.inputTokens,
    outputTokens: calls.spent.outputTokens - before.outputTokens,
    costUsdMicros: Number(calls.spent.costUsdMicros - before.costUsdMicros),
  });
  return { type: 'said', text, toolCalls, finish };
}

/** All calls of a turn, side by side; ends when each of them has. One after which the agent stops stops the others. */
async function callAll(
  work: AgentWork,
  { turn, toolCalls }: { readonly turn: number; readonly toolCalls: readonly ModelToolCall[] },
  scope: AgentScope,
): Promise<readonly ToolAnswer[]> {
  const { thread, agent, tools } = work;
  return together(
    scope,
    toolCalls.map((asked, call) => async ({ log, signal }): Promise<ToolAnswer> => {
      const done = log.find('toolCalled', { thread, turn, call });
      if (done !== undefined) return { type: 'told', value: done.value ?? null, isError: done.isError };
      const at: CallPlace = { thread, agent: agent.name, turn, call };
      const tool = tools.find(({ model }) => model.name === asked.name);
      const name = tool?.name ?? asked.name.slice(0, MAX_SHOWN_NAME);
      const answer = tool === undefined ? unknownTool(name, tools) : await tool.call(asked.input, at, signal);
      if (answer.type === 'stopped') return answer;
      const { isError, receipt } = answer;
      const value = cut(answer.value, toolCalls.length);
      await log.record({ ...{ type: 'toolCalled', ...at, tool: name, value, isError }, ...(receipt && { receipt }) });
      return { ...answer, value };
    }),
    (answer) => answer.type === 'stopped' && answer.end.type === 'failed',
  );
}

/** Of a name that a model made up. */
const MAX_SHOWN_NAME = 128;

const unknownTool = (name: string, tools: readonly AgentTool[]): ToolAnswer =>
  toldError(
    `There is no tool "${name}". ${suggestion(
      name,
      tools.map(({ model }) => model.name),
    )}`,
  );
