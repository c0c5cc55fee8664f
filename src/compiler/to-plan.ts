import type { Blueprint } from '../blueprint/blueprint.ts';
import { grantLists } from '../blueprint/grants.ts';
import type { NodeSpec, RetryPolicy } from '../blueprint/node.ts';
import type { BodyPlan, BranchPlan, NodePlan, OnFailure, ParallelPlan, Plan, RetryPlan } from '../blueprint/plan.ts';
import { parseTemplate } from '../expression/parse.ts';
import type { CompiledTemplate } from '../expression/template.ts';
import type { Budget } from '../usage/budget.ts';
import { DEFAULT_LIMITS, defaultCpuMs, type Limits } from '../usage/limits.ts';
import { assertNever } from '../core/assert-never.ts';
import { MINUTE_MS, SECOND_MS } from '../core/units.ts';
import { goesInSteps } from '../blueprint/plan.ts';
import { criticalPathOf } from './critical-path.ts';
import { edgesOf, fallbackOf, type Edges } from './edges.ts';
import { orderOf } from './order.ts';
import {
  DEFAULT_ITEM_NAME,
  outlineOf,
  type BodyOutline,
  type NodeOutline,
  type Outline,
  type Site,
} from './outline.ts';

/** The most iterations of a loop that does not say. */
export const DEFAULT_MAX_ITERATIONS = 10_000;

const DEFAULT_RETRY: RetryPlan = {
  attempts: 1,
  backoff: 'exponential',
  delayMs: SECOND_MS,
  maxDelayMs: 60 * SECOND_MS,
  jitter: 0.1,
  on: undefined,
};

/**
 * Makes the plan of a blueprint that `compile` found sound: a pure function of name and content, so that a plan may be
 * kept for as long as both stay. Throws on a blueprint with faults: running one is a bug.
 */
export const toPlan = (document: Blueprint, fingerprint: string): Plan => planOf(outlineOf(document), fingerprint);

/** Makes the plan of a blueprint that was taken apart already. */
export function planOf(outline: Outline, fingerprint: string, edges: Edges = edgesOf(outline)): Plan {
  const { document } = outline;
  const root = bodyPlan(outline.root, edges);
  return {
    name: document.name,
    fingerprint,
    inputSchema: document.input,
    budget: budgetOf(document),
    root,
    order: root.nodes.map(({ name }) => name),
    criticalPath: criticalPathOf(root),
    nodeCount: outline.nodes.length,
  };
}

const budgetOf = ({ budget }: Blueprint): Budget => ({
  ...(budget?.maxCostUsdMicros !== undefined && { maxCostUsdMicros: BigInt(budget.maxCostUsdMicros) }),
  ...(budget?.softCostUsdMicros !== undefined && { softCostUsdMicros: BigInt(budget.softCostUsdMicros) }),
  ...(budget?.maxWallMs !== undefined && { maxWallMs: budget.maxWallMs }),
});

/** Where each node of a body stands in its plan. */
type Places = ReadonlyMap<NodeOutline, number>;

function bodyPlan(body: BodyOutline, edges: Edges): BodyPlan {
  const { sorted, cyclic } = orderOf(body.nodes, (node) => edges.waitsFor(node));
  const [first] = cyclic;
  if (first !== undefined)
    throw new Error(`Node "${first.name}" stands in or behind a cycle. Compile before planning.`);
  const places: Places = new Map(sorted.map((node, at) => [node, at]));
  const needs = sorted.map((node) => placesOf(edges.needs(node), places));
  const dependents: number[][] = sorted.map(() => []);
  for (const [at, each] of needs.entries()) for (const need of each) dependents[need]?.push(at);
  const nodes = sorted.map((node, index) =>
    nodePlan(node, { index, needs: needs[index] ?? [], dependents: dependents[index] ?? [] }, { places, edges }),
  );
  return { nodes, output: body.output && compiledOf(body.output) };
}

const placesOf = (nodes: ReadonlySet<NodeOutline>, places: Places): readonly number[] =>
  [...nodes].flatMap((node) => places.get(node) ?? []).sort((a, b) => a - b);

interface Links {
  readonly index: number;
  readonly needs: readonly number[];
  readonly dependents: readonly number[];
}

interface Surroundings {
  readonly places: Places;
  readonly edges: Edges;
}

function nodePlan(node: NodeOutline, links: Links, { places, edges }: Surroundings): NodePlan {
  const { spec } = node;
  const main = edges.mainOf(node);
  const common = {
    name: node.name,
    ...links,
    when: node.when && compiledOf(node.when),
    join: spec.join ?? 'all',
    retry: retryPlan(spec.retry),
    limits: limitsOf(spec),
    onFailure: onFailureOf(node, places),
    onAbandon: spec.onAbandon ?? 'retry',
    fallbackFor: main && places.get(main),
  };
  const value = node.main === undefined ? NOTHING : compiledOf(node.main);
  switch (spec.kind) {
    case 'transform':
      return { kind: spec.kind, spec, ...common, output: value };
    case 'tool':
      return { kind: spec.kind, spec, ...common, input: value, grants: grantLists(spec.grants) };
    case 'code':
      return { kind: spec.kind, spec, ...common, input: value };
    case 'llm':
      return { kind: spec.kind, spec, ...common, input: value };
    case 'agent':
      return { kind: spec.kind, spec, ...common, input: value };
    case 'swarm':
      return {
        ...{ kind: spec.kind, spec, ...common, input: value },
        lead: spec.lead ?? spec.agents[0] ?? '',
        quorum: spec.quorum ?? DEFAULT_QUORUM,
        maxRounds: spec.maxRounds ?? DEFAULT_MAX_ROUNDS,
      };
    case 'condition':
      return { kind: spec.kind, spec, ...common, branches: branchPlans(node, edges) };
    case 'loop':
      return {
        ...{ kind: spec.kind, spec, ...common, items: value },
        as: spec.as ?? DEFAULT_ITEM_NAME,
        concurrency: spec.concurrency ?? 1,
        maxIterations: spec.maxIterations ?? DEFAULT_MAX_ITERATIONS,
        body: branchPlans(node, edges)[0]?.body ?? { nodes: [], output: undefined },
      };
    case 'parallel':
      return { kind: spec.kind, spec, ...common, ...parallelPlan(spec, branchPlans(node, edges)) };
    default:
      return assertNever(spec);
  }
}

const branchPlans = (node: NodeOutline, edges: Edges): readonly BranchPlan[] =>
  node.bodies.map((body) => ({
    name: body.name,
    when: body.when && compiledOf(body.when),
    body: bodyPlan(body, edges),
  }));

function parallelPlan(
  { merge = 'all', maxConcurrency }: ParallelPlan['spec'],
  branches: readonly BranchPlan[],
): Pick<ParallelPlan, 'branches' | 'maxConcurrency' | 'required' | 'merge'> {
  const concurrency = { branches, maxConcurrency: maxConcurrency ?? Math.max(1, branches.length) };
  if (typeof merge === 'object') return { ...concurrency, merge: 'atLeast', required: merge.atLeast };
  return { ...concurrency, merge, required: merge === 'first' ? 1 : branches.length };
}

function onFailureOf(node: NodeOutline, places: Places): OnFailure {
  const { onFailure = 'fail' } = node.spec;
  if (typeof onFailure === 'string') return { mode: onFailure };
  const fallback = fallbackOf(node);
  const index = fallback && places.get(fallback);
  if (index === undefined)
    throw new Error(`Node "${node.name}" falls back to a node that is not beside it. Compile first.`);
  return { mode: 'fallback', index };
}

const DEFAULT_QUORUM = 0.6;
const DEFAULT_MAX_ROUNDS = 3;
/** Of an agent or a swarm that does not say: they ask models many times. */
const AGENT_TIMEOUT_MS = 10 * MINUTE_MS;

function limitsOf({ kind, limits }: NodeSpec): Limits {
  const timeoutMs = limits?.timeoutMs ?? (goesInSteps(kind) ? AGENT_TIMEOUT_MS : DEFAULT_LIMITS.timeoutMs);
  return {
    timeoutMs,
    cpuMs: limits?.cpuMs ?? defaultCpuMs(timeoutMs),
    memoryBytes: limits?.memoryBytes ?? DEFAULT_LIMITS.memoryBytes,
    outputBytes: limits?.outputBytes ?? DEFAULT_LIMITS.outputBytes,
  };
}

const retryPlan = (retry: RetryPolicy | undefined): RetryPlan =>
  retry === undefined
    ? DEFAULT_RETRY
    : {
        attempts: retry.attempts ?? DEFAULT_RETRY.attempts,
        backoff: retry.backoff ?? DEFAULT_RETRY.backoff,
        delayMs: retry.delayMs ?? DEFAULT_RETRY.delayMs,
        // A first delay above the default bound means what it says.
        maxDelayMs: retry.maxDelayMs ?? Math.max(DEFAULT_RETRY.maxDelayMs, retry.delayMs ?? 0),
        jitter: retry.jitter ?? DEFAULT_RETRY.jitter,
        on: retry.on,
      };

function compiledOf({ parsed, pointer }: Site): CompiledTemplate {
  if (parsed.ok) return parsed.value;
  throw new Error(
    `The expression at ${pointer} has faults: ${parsed.error[0]?.message ?? ''} Compile before planning.`,
  );
}

/** Stands where a kind evaluates nothing of its own. */
const NOTHING: CompiledTemplate = nothing();

function nothing(): CompiledTemplate {
  const parsed = parseTemplate(null);
  if (!parsed.ok) throw new Error('null is a template.');
  return parsed.value;
}
