import type { FoundInterpreters } from './find-interpreters.ts';
import type { LayerFinding } from './layer-finding.ts';
import type { SandboxLayer } from './sandbox.ts';

/** By what all that a tool starts can be bounded here. */
export interface TreeBounds {
  /** The kernel tells whose children are whose, so that the supervisor finds them. */
  readonly listsChildren: boolean;
  /** There are control groups, and they count CPU time. */
  readonly groupsCount: boolean;
  /** The kernel lets the supervisor have a counter that processes inherit. */
  readonly isCounted: boolean;
}

const GIVE_GROUPS = 'Give the server control groups of its own (docs/deployment.md)';

/** Why no tool may start processes, where nothing would bound them; else undefined. */
export const whyUnbounded = ({ listsChildren, groupsCount }: Omit<TreeBounds, 'isCounted'>): string | undefined =>
  listsChildren || groupsCount
    ? undefined
    : 'this kernel does not list the children of a process (CONFIG_PROC_CHILDREN), and without control groups nothing bounds what a tool starts';

/** Whether tools in other languages can be run here, and what of their bounds is missing. */
export function shellFinding(
  layer: SandboxLayer,
  { found, missing }: FoundInterpreters,
  bounds: TreeBounds,
): LayerFinding {
  const name = 'shell';
  const absent = missing.map(([interpreter, file]) => `there is no ${interpreter} at ${file}`);
  if (layer !== 'full') return { name, available: false, why: 'tools in other languages need the full layer' };
  const unbounded = whyUnbounded(bounds);
  if (unbounded !== undefined) return { name, available: false, why: unbounded, remedy: `${GIVE_GROUPS}.` };
  if (Object.keys(found).length === 0) {
    const remedy = 'Name programs with ICEOS_SHELL_INTERPRETERS.';
    return { name, available: false, why: absent.join('; '), remedy };
  }
  if (bounds.groupsCount || bounds.isCounted) {
    return { name, available: true, ...(absent.length > 0 && { why: absent.join('; ') }) };
  }
  const uncounted =
    'the CPU time of processes that a tool starts and does not wait for is bounded by the limit of time alone';
  return {
    name,
    available: true,
    why: [...absent, uncounted].join('; '),
    remedy: `${GIVE_GROUPS}, or let it count: sysctl kernel.perf_event_paranoid=2.`,
  };
}
