import type { Clock } from '../core/clock.ts';
import type { ExecutionId } from '../core/ids.ts';
import type { ExecutionRecord } from '../execution/records.ts';
import type { LiveBus } from '../live/live-bus.ts';
import { pullStream } from '../live/pull-stream.ts';
import { createSignalBox, type SignalBox } from '../live/signal-box.ts';
import type { ExecutionFilter, ExecutionStore } from '../store/execution-store.ts';
import { requireScope, type Viewer } from './viewer.ts';

const LIST_SIZE = 100;
/** IDs that a stream remembers, so that it can say which left; the oldest are forgotten first. */
const MAX_KNOWN = 10_000;

/** Executions that are new or changed, and those that no longer match. */
export interface ExecutionListChange {
  readonly changed: readonly ExecutionRecord[];
  readonly left: readonly ExecutionId[];
}

/** First the newest 100 that match, then each change. */
export type FollowExecutions = (
  viewer: Viewer,
  filter: ExecutionFilter,
) => AsyncGenerator<ExecutionListChange, void, undefined>;

export interface FollowExecutionsDeps {
  readonly executions: Pick<ExecutionStore, 'getMany' | 'list'>;
  readonly bus: Pick<LiveBus, 'subscribeTenant'>;
  readonly clock: Clock;
  /** Between two messages: what changes meanwhile is told together. */
  readonly gatherMs: number;
  /** How often the list is read anew, as hints may be lost. */
  readonly pollIntervalMs: number;
}

export function createFollowExecutions(deps: FollowExecutionsDeps): FollowExecutions {
  return (viewer, filter) => {
    requireScope(viewer, 'executions:read');
    const hints = createSignalBox<ExecutionId>();
    const stop = deps.bus.subscribeTenant(viewer.tenant, (news) =>
      news === 'look' ? hints.look() : hints.add(news.executionId),
    );
    return pullStream((signal) => changes({ viewer, filter, hints, ...deps }, signal), stop);
  };
}

interface Following extends FollowExecutionsDeps {
  readonly viewer: Viewer;
  readonly filter: ExecutionFilter;
  readonly hints: SignalBox<ExecutionId>;
}

async function* changes(of: Following, signal: AbortSignal): AsyncGenerator<ExecutionListChange, void, undefined> {
  /** Last sequence that the client was told, by execution that matches; first the one that was read longest ago. */
  const known = new Map<ExecutionId, number>();
  const first = await newest(of);
  yield toChange(of, known, first);
  for (;;) {
    const { keys, isLook } = await of.hints.take(of, signal);
    const listed = isLook ? await newest(of) : [];
    const hinted = keys.slice(0, LIST_SIZE);
    of.hints.putBack(keys.slice(LIST_SIZE));
    // A look reads those that were not looked at for longest: look by look, all of them.
    const oldest = isLook ? [...known.keys()].slice(0, LIST_SIZE) : [];
    for (const id of oldest) lookedAt(known, id);
    const read = await of.executions.getMany(of.viewer.tenant, [...new Set([...hinted, ...oldest])]);
    const change = toChange(of, known, [...listed, ...read.filter((one) => one !== undefined)]);
    if (change.changed.length + change.left.length > 0) yield change;
    await of.clock.delay(of.gatherMs, signal);
  }
}

/** The youngest again, as insertion order is age. */
function lookedAt(known: Map<ExecutionId, number>, id: ExecutionId): void {
  const sequence = known.get(id);
  if (sequence === undefined) return;
  known.delete(id);
  known.set(id, sequence);
}

async function newest({ executions, viewer, filter }: Following): Promise<readonly ExecutionRecord[]> {
  const page = await executions.list(viewer.tenant, filter, { limit: LIST_SIZE, direction: 'forward' });
  return page.items;
}

/** What the client does not know yet; takes note of it. */
function toChange(
  { filter }: Following,
  known: Map<ExecutionId, number>,
  records: readonly ExecutionRecord[],
): ExecutionListChange {
  const changed = new Map<ExecutionId, ExecutionRecord>();
  const left = new Set<ExecutionId>();
  for (const record of records) {
    const { id, lastSequence } = record;
    if (!matches(filter, record)) {
      if (known.delete(id)) left.add(id);
    } else if ((known.get(id) ?? 0) < lastSequence) {
      known.delete(id);
      known.set(id, lastSequence);
      changed.set(id, record);
    }
  }
  for (const id of known.keys()) {
    if (known.size <= MAX_KNOWN) break;
    known.delete(id);
  }
  return { changed: [...changed.values()], left: [...left] };
}

const matches = ({ blueprintId, statuses }: ExecutionFilter, record: ExecutionRecord): boolean =>
  (blueprintId === undefined || record.blueprintId === blueprintId) &&
  (statuses === undefined || statuses.includes(record.status));
