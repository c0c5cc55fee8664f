import type { NodeCell } from './cells.ts';

/** The first place whose instant is later than `at`: where a new timer goes, and where the due ones end. */
export function placeAfter(timers: readonly NodeCell[], at: number): number {
  let low = 0;
  let high = timers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (retryAtOf(timers[middle]) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Lets a node wait for its `retryAt`. */
export function addTimer(timers: NodeCell[], node: NodeCell): void {
  timers.splice(placeAfter(timers, retryAtOf(node)), 0, node);
}

/** Ends the waiting of a node. */
export function removeTimer(timers: NodeCell[], node: NodeCell): void {
  // Equal instants stand side by side, and the node is among them.
  let place = placeAfter(timers, retryAtOf(node)) - 1;
  while (place >= 0 && timers[place] !== node) place -= 1;
  if (place >= 0) timers.splice(place, 1);
}

const retryAtOf = (node: NodeCell | undefined): number => node?.retryAt ?? Infinity;
