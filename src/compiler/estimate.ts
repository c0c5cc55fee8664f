import { assertNever } from '../core/assert-never.ts';
import type { BodyPlan, BranchPlan, LoopPlan, NodePlan, Plan } from '../blueprint/plan.ts';
import { longestChain, maxDurationMs } from './critical-path.ts';
import { partOfAgents } from './estimate-agents.ts';
import type { EstimateDeps } from './estimate-call.ts';
import { partOfLlm } from './estimate-llm.ts';
import {
  allParts,
  eitherPart,
  NOTHING,
  optionalPart,
  repeatedPart,
  someParts,
  unlikelyPart,
  type EstimatePart,
} from './estimate-part.ts';
import { exactly, type Span } from './span.ts';

/**
 * What one execution may take, when it ends well. The most counts every attempt and every try that failures may lead to,
 * and no attempt whose process dies: those are made again.
 */
export interface Estimate extends EstimatePart {
  /** By timeouts, along the longest chain of nodes; what is likely nobody can say before it has run. */
  readonly wallMs: Span;
}

/** Estimates an execution of a plan: pure, as `deps` knows the prices of one instant. */
export const estimateOf = (plan: Plan, deps: EstimateDeps): Estimate => {
  const part = partOfBody(plan.root, deps);
  return { ...part, unpriced: [...new Set(part.unpriced)].toSorted(), wallMs: wallMsOf(plan) };
};

function wallMsOf({ root, budget }: Plan): Span {
  const chainMs = longestChain(root, maxDurationMs).durationMs;
  const most = BigInt(Math.min(chainMs, budget.maxWallMs ?? Infinity, Number.MAX_SAFE_INTEGER));
  return { least: 0n, likely: most === 0n ? 0n : undefined, most };
}

function partOfBody(body: BodyPlan, deps: EstimateDeps): EstimatePart {
  const mayMiss = missableIn(body);
  return allParts(
    body.nodes.map((node, at) => {
      const part = partOfNode(node, deps);
      if (node.fallbackFor !== undefined) return unlikelyPart(part);
      return mayMiss[at] === true ? optionalPart(part) : part;
    }),
  );
}

/** Whether an execution may end well without a node, by its place: because it is skipped, or fails and others go on. */
function missableIn({ nodes }: BodyPlan): readonly boolean[] {
  const missable: boolean[] = [];
  for (const { when, fallbackFor, onFailure, join, needs } of nodes) {
    const isMissing = (need: number): boolean => missable[need] === true;
    const isLeftOut = join === 'all' ? needs.some(isMissing) : needs.length > 0 && needs.every(isMissing);
    missable.push(when !== undefined || fallbackFor !== undefined || onFailure.mode !== 'fail' || isLeftOut);
  }
  return missable;
}

function partOfNode(node: NodePlan, deps: EstimateDeps): EstimatePart {
  switch (node.kind) {
    case 'transform':
    case 'tool':
    case 'code':
      return NOTHING;
    case 'llm':
      return partOfLlm(node, deps);
    case 'agent':
    case 'swarm':
      return partOfAgents(node, deps);
    case 'condition': {
      const part = eitherPart(partsOf(node.branches, deps));
      // Without a last branch that always holds, none may.
      return node.branches.at(-1)?.when === undefined ? part : optionalPart(part);
    }
    case 'loop':
      return repeatedPart(partOfBody(node.body, deps), iterationsOf(node));
    case 'parallel':
      return someParts(partsOf(node.branches, deps), node.required);
    default:
      return assertNever(node);
  }
}

const partsOf = (branches: readonly BranchPlan[], deps: EstimateDeps): readonly EstimatePart[] =>
  branches.map(({ body }) => partOfBody(body, deps));

/** A list that is written out has as many items as it shows; of any other nobody can say. */
function iterationsOf({ spec: { items }, maxIterations }: LoopPlan): Span {
  return Array.isArray(items)
    ? exactly(BigInt(Math.min(items.length, maxIterations)))
    : { least: 0n, likely: undefined, most: BigInt(maxIterations) };
}
