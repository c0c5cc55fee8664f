import { hasEffect, type BodyPlan, type NodePlan, type RetryPlan } from '../blueprint/plan.ts';

/** How long each node may take, by its timeouts, retries and iterations. */
export type DurationOf = (node: NodePlan) => number;

/** The names along the longest chain of a body by timeout; of equal ones that with most nodes. */
export const criticalPathOf = (body: BodyPlan): readonly string[] =>
  longestChain(body, maxDurationMs).nodes.map(({ name }) => name);

interface Chain {
  readonly durationMs: number;
  readonly nodes: readonly NodePlan[];
}

/** The chain of nodes, each waiting for the one before, that takes longest. */
export function longestChain(body: BodyPlan, durationOf: DurationOf): Chain {
  const best: { durationMs: number; length: number; before: number | undefined }[] = [];
  let last: number | undefined;
  for (const node of body.nodes) {
    let before: number | undefined;
    for (const need of waitsFor(node, body))
      if (before === undefined || isLonger(best[need], best[before])) before = need;
    const chain = before === undefined ? undefined : best[before];
    best.push({ durationMs: durationOf(node) + (chain?.durationMs ?? 0), length: 1 + (chain?.length ?? 0), before });
    if (last === undefined || isLonger(best[node.index], best[last])) last = node.index;
  }
  const nodes: NodePlan[] = [];
  const durationMs = last === undefined ? 0 : (best[last]?.durationMs ?? 0);
  for (let at = last; at !== undefined; at = best[at]?.before) nodes.unshift(...body.nodes.slice(at, at + 1));
  return { durationMs, nodes };
}

interface Length {
  readonly durationMs: number;
  readonly length: number;
}

const isLonger = (a: Length | undefined, b: Length | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  (a.durationMs > b.durationMs || (a.durationMs === b.durationMs && a.length > b.length));

/** The needs, and the fallbacks behind them. */
function waitsFor(node: NodePlan, body: BodyPlan): readonly number[] {
  const all = new Set<number>();
  for (const need of node.needs) {
    for (let at: number | undefined = need; at !== undefined && at < node.index && !all.has(at);) {
      all.add(at);
      const failure: NodePlan['onFailure'] | undefined = body.nodes[at]?.onFailure;
      at = failure?.mode === 'fallback' ? failure.index : undefined;
    }
  }
  return [...all];
}

/** The most that a node may take with all its attempts, or all its iterations. */
export function maxDurationMs(node: NodePlan): number {
  if (hasEffect(node.kind)) return node.retry.attempts * node.limits.timeoutMs + maxDelaysMs(node.retry);
  return compositeDurationMs(node, maxDurationMs);
}

/** What a composite may take when its inner nodes take so long; nothing for a node that evaluates in place. */
export function compositeDurationMs(node: NodePlan, durationOf: DurationOf): number {
  if (node.kind === 'loop') {
    return Math.ceil(node.maxIterations / node.concurrency) * longestChain(node.body, durationOf).durationMs;
  }
  if (node.kind !== 'condition' && node.kind !== 'parallel') return 0;
  const longest = Math.max(0, ...node.branches.map(({ body }) => longestChain(body, durationOf).durationMs));
  return node.kind === 'condition' ? longest : Math.ceil(node.branches.length / node.maxConcurrency) * longest;
}

/** All delays before the second to the last attempt, at most 100, without jitter. */
function maxDelaysMs({ attempts, backoff, delayMs, maxDelayMs }: RetryPlan): number {
  let sum = 0;
  for (let retry = 1; retry < attempts; retry += 1) {
    const factor = backoff === 'fixed' ? 1 : backoff === 'linear' ? retry : 2 ** (retry - 1);
    sum += Math.min(delayMs * factor, maxDelayMs);
  }
  return sum;
}
