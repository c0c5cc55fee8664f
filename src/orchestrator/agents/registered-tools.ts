import { createHash } from 'node:crypto';
import { grantLists } from '../../blueprint/grants.ts';
import type { Json } from '../../core/json.ts';
import { KIB } from '../../core/units.ts';
import type { AgentDefinition } from '../../registry/agent.ts';
import type { AgentScope } from './agent-scope.ts';
import { told, toldError, type AgentTool, type CallPlace, type ToolAnswer } from './agent-tool.ts';

/** What a model is told of one output, as JSON; the rest is cut. */
export const MAX_TOLD_BYTES = 64 * KIB;

/** The registered tools of an agent. They reach what the agent is granted, whatever a model asks of them. */
export const registeredTools = (agent: AgentDefinition, scope: AgentScope): readonly AgentTool[] =>
  agent.tools.flatMap((name) => {
    const tool = scope.findTool(name);
    if (tool === undefined) return [];
    return {
      name,
      model: { name: modelNameOf(name), description: tool.description, input: tool.input },
      call: (input: Json, at: CallPlace) => callRegistered({ name, agent, input, at, scope }),
    };
  });

/** Providers take no points in names, and names of tools have no hyphens. */
const modelNameOf = (tool: string): string => tool.replaceAll('.', '-');

interface RegisteredCall {
  readonly name: string;
  readonly agent: AgentDefinition;
  readonly input: Json;
  readonly at: CallPlace;
  readonly scope: AgentScope;
}

async function callRegistered({ name, agent, input, at, scope }: RegisteredCall): Promise<ToolAnswer> {
  const { attempt, callTool } = scope;
  const idempotencyKey = keyOf(attempt.idempotencyKey, at);
  const outcome = await callTool(
    { tool: name, input, grants: grantLists(agent.grants), limits: undefined, idempotencyKey },
    attempt,
    scope.signal,
  );
  scope.addUsed(outcome);
  if (outcome.type === 'aborted') return { type: 'stopped', end: { type: 'aborted' } };
  const answer = outcome.type === 'succeeded' ? told(cut(outcome.output)) : toldError(outcome.failure.message);
  return { ...answer, ...(outcome.receipt && { receipt: outcome.receipt }) };
}

/** Equal whenever the same call of the same turn is made again. */
export const keyOf = (nodeKey: string, { thread, turn, call }: CallPlace): string =>
  createHash('sha256').update(`${nodeKey}\n${thread}\n${turn}\n${call}`).digest('hex');

/** A value that a model can be told: as it is, or the beginning of its JSON. */
export function cut(value: Json): Json {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_TOLD_BYTES) return value;
  const start = Buffer.from(text)
    .subarray(0, MAX_TOLD_BYTES)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  return `${start}\n[cut: ${bytes} bytes, of which these are the first ${MAX_TOLD_BYTES}]`;
}
