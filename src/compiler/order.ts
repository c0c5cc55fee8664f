/** Gives what a thing waits for. */
export type WaitsFor<T> = (item: T) => Iterable<T>;

/** An order in which each comes after what it waits for, and what stands in or behind a cycle. */
export interface Order<T> {
  readonly sorted: readonly T[];
  readonly cyclic: readonly T[];
}

/**
 * Sorts topologically: by the length of the longest chain before it, equals in the order given. So it depends on the
 * edges alone, and reads as a person would go through it.
 */
export function orderOf<T>(items: readonly T[], waitsFor: WaitsFor<T>): Order<T> {
  const known = new Set(items);
  const dependents = dependentsOf(items, waitsFor);
  const waiting = new Map(items.map((item) => [item, [...waitsFor(item)].filter((need) => known.has(need)).length]));
  const ranks: T[][] = [];
  let rank = items.filter((item) => waiting.get(item) === 0);
  while (rank.length > 0) {
    ranks.push(rank);
    rank = nextRank(rank, dependents, waiting);
  }
  const place = new Map(items.map((item, at) => [item, at]));
  const byPlace = (a: T, b: T): number => (place.get(a) ?? 0) - (place.get(b) ?? 0);
  return {
    sorted: ranks.flatMap((each) => each.sort(byPlace)),
    cyclic: items.filter((item) => (waiting.get(item) ?? 0) > 0),
  };
}

function nextRank<T>(rank: readonly T[], dependents: ReadonlyMap<T, readonly T[]>, waiting: Map<T, number>): T[] {
  const next: T[] = [];
  for (const item of rank) {
    for (const dependent of dependents.get(item) ?? []) {
      const left = (waiting.get(dependent) ?? 0) - 1;
      waiting.set(dependent, left);
      if (left === 0) next.push(dependent);
    }
  }
  return next;
}

/** One shortest cycle of each group of items that wait for each other; the first is not repeated at the end. */
export function cyclesOf<T>(items: readonly T[], waitsFor: WaitsFor<T>): readonly (readonly T[])[] {
  const { cyclic } = orderOf(items, waitsFor);
  const dependents = dependentsOf(cyclic, waitsFor);
  // What only stands behind a cycle is taken away from the other end, so that the search below stays among the groups.
  const left = new Set(orderOf(cyclic, (item) => dependents.get(item) ?? []).cyclic);
  const cycles: T[][] = [];
  for (const item of cyclic) {
    const cycle = left.has(item) ? cycleThrough(item, left, waitsFor) : undefined;
    if (cycle === undefined) continue;
    cycles.push(cycle);
    const before = reachable(item, left, waitsFor);
    const behind = reachable(item, left, (each) => dependents.get(each) ?? []);
    for (const member of before) if (behind.has(member)) left.delete(member);
  }
  return cycles;
}

function dependentsOf<T>(items: readonly T[], waitsFor: WaitsFor<T>): ReadonlyMap<T, readonly T[]> {
  const dependents = new Map<T, T[]>(items.map((item) => [item, []]));
  for (const item of items) for (const need of waitsFor(item)) dependents.get(need)?.push(item);
  return dependents;
}

/** Breadth first, so the shortest. */
function cycleThrough<T>(start: T, among: ReadonlySet<T>, waitsFor: WaitsFor<T>): T[] | undefined {
  const from = new Map<T, T>();
  const queue = [start];
  for (const item of queue) {
    for (const need of waitsFor(item)) {
      if (need === start) return pathTo(item, from);
      if (!among.has(need) || from.has(need)) continue;
      from.set(need, item);
      queue.push(need);
    }
  }
  return undefined;
}

function pathTo<T>(end: T, from: ReadonlyMap<T, T>): T[] {
  const path = [end];
  for (let before = from.get(end); before !== undefined; before = from.get(before)) path.unshift(before);
  return path;
}

function reachable<T>(start: T, among: ReadonlySet<T>, waitsFor: WaitsFor<T>): ReadonlySet<T> {
  const found = new Set([start]);
  for (const item of found) {
    for (const need of waitsFor(item)) if (among.has(need)) found.add(need);
  }
  return found;
}
