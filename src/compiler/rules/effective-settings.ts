import { hasEffect } from '../../blueprint/plan.ts';
import type { NodeOutline } from '../outline.ts';
import type { Rule } from '../rule.ts';

/** What is set does something. */
export const effectiveSettings: Rule = {
  name: 'effective-settings',
  severity: 'warning',
  check: ({ outline }) =>
    outline.nodes.flatMap((node) =>
      ineffective(node).map(({ part, why }) => ({
        path: `${node.pointer}/${part}`,
        message: `"${part.replace('/', '.')}" of "${node.name}" has no effect: ${why}`,
      })),
    ),
};

interface Ineffective {
  readonly part: string;
  readonly why: string;
}

function ineffective({ spec }: NodeOutline): readonly Ineffective[] {
  const { retry, limits } = spec;
  if (hasEffect(spec.kind)) {
    const isIdle = retry !== undefined && (retry.attempts ?? 1) === 1;
    return isIdle ? [{ part: 'retry', why: 'one attempt is all there is. Set "retry.attempts" to 2 or more.' }] : [];
  }
  const isComposite = spec.kind !== 'transform';
  const why = isComposite
    ? `a ${spec.kind} node makes no attempt itself. Set it on the nodes inside.`
    : 'expressions give the same result each time, within a bounded number of steps.';
  return [
    ...(retry === undefined ? [] : [{ part: 'retry', why }]),
    ...(spec.onAbandon === undefined ? [] : [{ part: 'onAbandon', why }]),
    ...(limits?.timeoutMs === undefined ? [] : [{ part: 'limits/timeoutMs', why }]),
    ...(limits?.cpuMs === undefined ? [] : [{ part: 'limits/cpuMs', why }]),
    ...(limits?.memoryBytes === undefined ? [] : [{ part: 'limits/memoryBytes', why }]),
  ];
}
