import { MAX_CALLS_PER_TURN } from '../registry/agent.ts';
import type { AgentDefinition } from '../registry/agent.ts';
import type { AgentPlan, SwarmPlan } from '../blueprint/plan.ts';
import { costOf, mostCostOf } from '../usage/prices.ts';
import { mostTokensIn } from '../usage/token-bound.ts';
import { NO_TOKENS } from '../usage/tokens.ts';
import { BYTES_A_TOKEN, costAt, LIKELY_OUTPUT_TOKENS, SHARE_OF_OUTPUT, type EstimateDeps } from './estimate-call.ts';
import { allParts, eitherPart, NOTHING, repeatedPart, type EstimatePart } from './estimate-part.ts';
import type { Span } from './span.ts';

/** Of an agent with tools or memories: it asks, is told, and answers. */
const LIKELY_TURNS = 3;
/** What an agent is told in one turn, as likely. */
const LIKELY_TOLD_TOKENS = 500;

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
  return agent === undefined ? NOTHING : turnsOf(agent, { node, likely, most }, deps);
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
  const price = deps.priceOf(model);
  const written = Buffer.byteLength(agent.instructions) + Buffer.byteLength(JSON.stringify(node.spec.prompt));
  const output = Math.min(
    Math.ceil((agent.maxOutputTokens ?? model.maxOutputTokens) / SHARE_OF_OUTPUT),
    LIKELY_OUTPUT_TOKENS,
  );
  // Each turn is told all that was said before it.
  const told = (likely * (likely - 1) * (output + LIKELY_TOLD_TOKENS)) / 2;
  const parts = agent.tools.length + 2 + most * (MAX_CALLS_PER_TURN + 1);
  const likelyInput = Math.min(
    likely * Math.ceil(written / BYTES_A_TOKEN) + told,
    likely * mostTokensIn(model.maxInputBytes, parts),
  );
  const tries = [model, ...model.fallbacks.flatMap((other) => deps.findModel(other) ?? [])].map((each) => ({
    name: each.name,
    calls: BigInt(most) * BigInt(node.retry.attempts * (each.retries + 1)),
    input: mostTokensIn(model.maxInputBytes, parts),
    output: agent.maxOutputTokens ?? each.maxOutputTokens,
    price: deps.priceOf(each),
  }));
  const mostOf = (of: (one: (typeof tries)[number]) => bigint): bigint =>
    tries.reduce((sum, one) => sum + one.calls * of(one), 0n);
  const unpriced = tries.filter((one) => one.price === 'unknown').map(({ name }) => name);
  const span = (least: bigint, middle: number, of: Parameters<typeof mostOf>[0]): Span => ({
    least,
    likely: BigInt(middle),
    most: mostOf(of),
  });
  return {
    calls: span(1n, likely, () => 1n),
    inputTokens: span(1n, likelyInput, (one) => BigInt(one.input)),
    outputTokens: span(0n, likely * output, (one) => BigInt(one.output)),
    costUsdMicros: {
      least: 0n,
      likely: costAt(price, (known) =>
        costOf({ ...NO_TOKENS, inputTokens: likelyInput, outputTokens: likely * output }, known),
      ),
      most:
        unpriced.length > 0 ? undefined : mostOf((one) => costAt(one.price, (known) => mostCostOf(one, known)) ?? 0n),
    },
    room: {
      usdMicros:
        costAt(price, (known) =>
          mostCostOf(
            {
              input: mostTokensIn(Buffer.byteLength(agent.instructions), 2),
              output: agent.maxOutputTokens ?? model.maxOutputTokens,
            },
            known,
          ),
        ) ?? 0n,
      node: node.name,
    },
    unpriced,
  };
}
