import { hasEffect } from '../../blueprint/plan.ts';
import type { Budget } from '../../usage/budget.ts';
import type { Estimate } from '../estimate.ts';
import { orderOf } from '../order.ts';
import type { BodyOutline, NodeOutline } from '../outline.ts';
import { chainOf, type Finding, type Rule, type RuleContext } from '../rule.ts';

/**
 * The time that the timeouts allow fits the time that the budget allows. A warning, as a timeout is the most that an
 * attempt may take and not what it does take; only timeouts that were written count, as the default is far too long.
 */
export const budgetFeasible: Rule = {
  name: 'budget-feasible',
  severity: 'warning',
  check(context) {
    const maxWallMs = context.document.budget?.maxWallMs;
    if (maxWallMs === undefined) return [];
    const { durationMs, nodes } = longestChain(context, context.outline.root);
    if (durationMs <= maxWallMs) return [];
    const message =
      `The budget ends an execution after ${maxWallMs} ms, but ${chainOf(nodes)} may take ${durationMs} ms by ` +
      '"limits.timeoutMs". Raise "maxWallMs", or lower the timeouts.';
    return [{ path: '/budget/maxWallMs', message }];
  },
};

/** The cost that the budget allows has room for each call that has to be made. Needs prices, which the compiler has only at times. */
export function roomFindings({ maxCostUsdMicros }: Budget, { room }: Pick<Estimate, 'room'>): readonly Finding[] {
  if (maxCostUsdMicros === undefined || room.usdMicros <= maxCostUsdMicros) return [];
  const message =
    `The budget has ${maxCostUsdMicros} micro-dollars, but a call of "${room.node ?? ''}" holds ${room.usdMicros} of them ` +
    'before it is made, and is refused. Raise "maxCostUsdMicros", or ask for fewer "maxOutputTokens".';
  return [{ path: '/budget/maxCostUsdMicros', message }];
}

interface Chain {
  readonly durationMs: number;
  readonly nodes: readonly NodeOutline[];
}

interface Link {
  readonly ownMs: number;
  readonly durationMs: number;
  readonly before: NodeOutline | undefined;
}

function longestChain(context: RuleContext, body: BodyOutline): Chain {
  const chains = new Map<NodeOutline, Link>();
  let last: NodeOutline | undefined;
  const until = (node: NodeOutline | undefined): number => (node && chains.get(node)?.durationMs) ?? 0;
  for (const node of orderOf(body.nodes, (each) => context.edges.waitsFor(each)).sorted) {
    let before: NodeOutline | undefined;
    for (const need of context.edges.waitsFor(node)) if (until(need) > until(before)) before = need;
    const ownMs = durationMs(context, node);
    chains.set(node, { ownMs, durationMs: until(before) + ownMs, before });
    if (until(node) > until(last)) last = node;
  }
  const nodes: NodeOutline[] = [];
  for (let at = last; at !== undefined; at = chains.get(at)?.before) {
    if ((chains.get(at)?.ownMs ?? 0) > 0) nodes.unshift(at);
  }
  return { durationMs: until(last), nodes };
}

/** Of the first attempt; of one round of a loop, as nobody knows how many there are. */
const durationMs = (context: RuleContext, { spec, bodies }: NodeOutline): number =>
  bodies.length > 0
    ? Math.max(...bodies.map((body) => longestChain(context, body).durationMs))
    : ((hasEffect(spec.kind) ? spec.limits?.timeoutMs : undefined) ?? 0);
