import { MAX_CALLS_PER_TURN, type AgentDefinition } from '../registry/agent.ts';
import type { AgentPlan, SwarmPlan } from '../blueprint/plan.ts';
import { KIB } from '../core/units.ts';
import { mostTokensIn } from '../usage/token-bound.ts';
import { partOfCalls, type EstimateDeps } from './estimate-call.ts';
import { BYTES_A_TOKEN } from './estimate-llm.ts';
import { allParts, eitherPart, NOTHING, repeatedPart, type EstimatePart } from './estimate-part.ts';

/** Of an agent with tools or memories: it asks, is told, and answers. */
const LIKELY_TURNS = 3;
/** What one turn says, and is told, as likely. */
const LIKELY_TOLD_TOKENS = 1_000;

/** A question to a memory, as likely. */
const LIKELY_REMEMBERED_TOKENS = 50;
/** The most that ICEOS_MEMORY_MAX_TEXT_BYTES lets one fact or question be. */
const MAX_REMEMBERED_BYTES = 8 * KIB;

type AgentsPlan = AgentPlan | SwarmPlan;

/** What a node of agents takes: each of their turns is a call. */
export function partOfAgents(node: AgentsPlan, deps: EstimateDeps): EstimatePart {
  if (node.kind === 'agent') return workOf(node.spec.agent, node, deps);
  const { lead, maxRounds } = node;
  const { strategy, agents } = node.spec;
  const work = agents.map((agent) => workOf(agent, node, deps));
  const questions = agents.map((agent) => questionOf(agent, node, deps));
  switch (strategy) {
    case 'consensus':
      return repeatedPart(allParts([...work, ...questions]), { least: 1n, likely: 1n, most: BigInt(maxRounds) });
    case 'marketplace':
      return allParts([...questions, eitherPart(work)]);
    case 'hierarchical': {
      const others = agents.filter((agent) => agent !== lead).map((agent) => workOf(agent, node, deps));
      const turns = maxTurnsOf(deps.findAgent(lead), node);
      const tasks = { least: 0n, likely: BigInt(others.length), most: BigInt(turns) * BigInt(MAX_CALLS_PER_TURN) };
      return allParts([workOf(lead, node, deps), repeatedPart(eitherPart(others), tasks)]);
    }
  }
}

const maxTurnsOf = (agent: AgentDefinition | undefined, { spec }: AgentsPlan): number =>
  Math.min(agent?.maxTurns ?? 1, spec.maxTurns ?? Infinity);

/** A task of one agent, with its tools. */
function workOf(name: string, node: AgentsPlan, deps: EstimateDeps): EstimatePart {
  const agent = deps.findAgent(name);
  const most = maxTurnsOf(agent, node);
  const isAlone = agent?.tools.length === 0 && agent.memories.length === 0;
  const likely = Math.min(isAlone ? 1 : LIKELY_TURNS, most);
  if (agent === undefined) return NOTHING;
  return allParts([turnsOf(agent, { node, likely, most }, deps), vectorsOf(agent, { node, most }, deps)]);
}

/** What its memories make vectors of: every call of a turn may ask one of them. */
function vectorsOf(agent: AgentDefinition, { node, most }: Omit<Turns, 'likely'>, deps: EstimateDeps): EstimatePart {
  const perCall = agent.memories.flatMap((memory) => {
    const model = deps.findEmbeddingModelOf(memory);
    if (model === undefined) return [];
    const input = { least: 0, likely: LIKELY_REMEMBERED_TOKENS, most: mostTokensIn(MAX_REMEMBERED_BYTES, 1) };
    const calls = { node: node.name, model, mostCalls: node.retry.attempts, input, maxOutputTokens: undefined };
    return [partOfCalls(calls, deps)];
  });
  if (perCall.length === 0) return NOTHING;
  return repeatedPart(eitherPart(perCall), { least: 0n, likely: 1n, most: BigInt(most) * BigInt(MAX_CALLS_PER_TURN) });
}

/** What a member is asked without its tools. */
function questionOf(name: string, node: AgentsPlan, deps: EstimateDeps): EstimatePart {
  const agent = deps.findAgent(name);
  return agent === undefined ? NOTHING : turnsOf(agent, { node, likely: 1, most: maxTurnsOf(agent, node) }, deps);
}

interface Turns {
  readonly node: AgentsPlan;
  readonly likely: number;
  readonly most: number;
}

function turnsOf(agent: AgentDefinition, { node, likely, most }: Turns, deps: EstimateDeps): EstimatePart {
  const model = deps.findModel(agent.model);
  if (model === undefined) return NOTHING;
  const instructions = Buffer.byteLength(agent.instructions);
  const written = instructions + Buffer.byteLength(JSON.stringify(node.spec.prompt));
  const messages = agent.tools.length + 2 + most * (MAX_CALLS_PER_TURN + 1);
  const mostInput = mostTokensIn(model.maxInputBytes, messages);
  // Each turn is told all that was said before it.
  const told = ((likely - 1) / 2) * LIKELY_TOLD_TOKENS;
  const part = partOfCalls(
    {
      ...{ node: node.name, model, mostCalls: node.retry.attempts, maxOutputTokens: agent.maxOutputTokens },
      input: {
        least: mostTokensIn(instructions, 2),
        likely: Math.min(Math.ceil(written / BYTES_A_TOKEN + told), mostInput),
        most: mostInput,
      },
    },
    deps,
  );
  return repeatedPart(part, { least: 1n, likely: BigInt(likely), most: BigInt(most) });
}
