import { hasEffect } from '../../blueprint/plan.ts';
import type { BodyOutline, NodeOutline } from '../outline.ts';
import type { Rule } from '../rule.ts';
import { DEFAULT_MAX_ITERATIONS } from '../to-plan.ts';

/** Events of one execution; at this number the orchestrator ends it with `historyTooLong`. */
export const MAX_HISTORY_EVENTS = 100_000;

/** A loop that goes through as many items as it may still fits in the history of one execution. */
export const historyLimit: Rule = {
  name: 'history-limit',
  severity: 'warning',
  check: ({ outline }) =>
    outline.root.nodes.flatMap((node) => {
      const most = eventCount(node);
      if (most <= MAX_HISTORY_EVENTS) return [];
      const message =
        `Node "${node.name}" may write ${most} events, but an execution ends at ${MAX_HISTORY_EVENTS}. ` +
        'Lower "maxIterations", or let each iteration do more at once.';
      return [{ path: node.pointer, message }];
    }),
};

/** Without failures: a start and an end of what acts or holds others, one event of what is evaluated. */
function eventCount({ spec, bodies }: NodeOutline): number {
  if (spec.kind === 'transform') return 1;
  if (hasEffect(spec.kind)) return 2;
  const each = bodies.map(bodyEventCount);
  if (spec.kind === 'loop') {
    const iterations = Array.isArray(spec.items) ? spec.items.length : (spec.maxIterations ?? DEFAULT_MAX_ITERATIONS);
    return 2 + iterations * (1 + (each[0] ?? 0));
  }
  if (spec.kind === 'condition') return 3 + Math.max(0, ...each);
  return 2 + each.reduce((sum, count) => sum + 1 + count, 0);
}

const bodyEventCount = ({ nodes }: BodyOutline): number => nodes.reduce((sum, node) => sum + eventCount(node), 0);
