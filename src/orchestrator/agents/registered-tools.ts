import { grantLists } from '../../blueprint/grants.ts';
import type { Json } from '../../core/json.ts';
import type { AgentDefinition } from '../../registry/agent.ts';
import type { AgentScope } from './agent-scope.ts';
import { callKeyOf } from './call-key.ts';
import { told, toldError, type AgentTool, type CallPlace, type ToolAnswer } from './agent-tool.ts';

/** The registered tools of an agent. They reach what the agent is granted, whatever a model asks of them. */
export const registeredTools = (agent: AgentDefinition, scope: AgentScope): readonly AgentTool[] =>
  agent.tools.map((name) => {
    const { description, input: schema } = registered(scope.findTool(name), name);
    return {
      name,
      model: { name: modelNameOf(name), description, input: schema },
      call: (input: Json, at: CallPlace, signal: AbortSignal) =>
        callRegistered({ name, agent, input, at, scope }, signal),
    };
  });

/** What an agent names: without all of that no server starts. */
export function registered<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new Error(`An agent needs "${name}", which is not registered.`);
  return found;
}

/** Providers take no points in names, and names of tools have no hyphens. */
const modelNameOf = (tool: string): string => tool.replaceAll('.', '-');

interface RegisteredCall {
  readonly name: string;
  readonly agent: AgentDefinition;
  readonly input: Json;
  readonly at: CallPlace;
  readonly scope: AgentScope;
}

async function callRegistered(
  { name, agent, input, at, scope }: RegisteredCall,
  signal: AbortSignal,
): Promise<ToolAnswer> {
  const { attempt, callTool } = scope;
  const idempotencyKey = callKeyOf({ nodeKey: attempt.idempotencyKey, at, tool: name, input });
  const outcome = await callTool(
    { tool: name, input, grants: grantLists(agent.grants), limits: undefined, idempotencyKey },
    attempt,
    signal,
  );
  scope.addUsed(outcome);
  if (outcome.type === 'aborted') return { type: 'stopped', end: { type: 'aborted' } };
  const answer = outcome.type === 'succeeded' ? told(outcome.output) : toldError(outcome.failure.message);
  return { ...answer, ...(outcome.receipt && { receipt: outcome.receipt }) };
}
