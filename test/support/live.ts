import { setImmediate } from 'node:timers/promises';
import type { Plan } from '../../src/blueprint/plan.ts';
import { BlueprintId, DEFAULT_TENANT, ExecutionId } from '../../src/core/ids.ts';
import type { RecordedEvent } from '../../src/execution/events.ts';
import { createExecutionViews, type ExecutionViews } from '../../src/live/execution-views.ts';
import { follow, type FollowRequest } from '../../src/live/follow.ts';
import type { StreamMessage } from '../../src/live/follow-message.ts';
import type { Journal } from '../../src/live/journal-reader.ts';
import { createLocalLive, type LocalLive } from '../../src/live/live-bus.ts';
import { createLocalTexts, type LocalTexts } from '../../src/live/live-texts.ts';
import type { PullStream } from '../../src/live/pull-stream.ts';
import { MIB } from '../../src/core/units.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';

export const EXECUTION_ID = ExecutionId.parse('01890000-0000-7000-8000-000000000001');
export const BLUEPRINT_ID = BlueprintId.parse('01890000-0000-7000-8000-000000000002');
export const MAX_LAG_MS = 30_000;

/** How a commit becomes known: with its events, by name, or not at all. */
export type Telling = 'gift' | 'hint' | 'look' | 'lost';

type Asked = Omit<FollowRequest, 'held' | 'after'> & { readonly after?: number };

/** One execution's journal in memory, of which a test commits more and more, and those who follow it. */
export interface LiveBench {
  readonly clock: ManualClock;
  readonly bus: LocalLive;
  /** Where attempts speak. */
  readonly texts: LocalTexts;
  readonly views: ExecutionViews;
  /** Statements that were sent to the journal. */
  readonly statements: { single: number; batched: number };
  /** Events that are committed so far. */
  readonly committed: number;
  commit(count: number, telling: Telling): void;
  /** Of each live message to any reader, the instant of its newest event. */
  readonly delivered: readonly number[];
  /** While true, every statement fails. */
  fail(isAway: boolean): void;
  open(request?: Asked): Promise<PullStream<StreamMessage>>;
  /** The same for a client that pulls. */
  follow(request?: Asked): Promise<Reader>;
  close(): Promise<void>;
}

export function createLiveBench(
  plan: Plan,
  history: readonly RecordedEvent[],
  { maxTextBytes = 64 * MIB }: { readonly maxTextBytes?: number } = {},
): LiveBench {
  const events = history.map((event): RecordedEvent =>
    event.type === 'executionRequested' ? { ...event, blueprintId: BLUEPRINT_ID } : event,
  );
  const clock = createManualClock();
  const bus = createLocalLive();
  const texts = createLocalTexts({ clock, maxBytes: maxTextBytes, lingerMs: MAX_LAG_MS + 1_000 });
  const statements = { single: 0, batched: 0 };
  const delivered: number[] = [];
  let committed = 0;
  let isAway = false;
  const page = (after: number, limit: number): readonly RecordedEvent[] => {
    if (isAway) throw new Error('The database is away.');
    return events.slice(after, Math.min(after + limit, committed));
  };
  const journal: Journal = {
    async read(tenant, executionId, after, limit) {
      statements.single += 1;
      const isKnown = tenant === DEFAULT_TENANT && executionId === EXECUTION_ID;
      return { events: isKnown ? page(after, limit) : [], more: isKnown && after + limit < committed };
    },
    async readMany(requests, { events: limit }) {
      statements.batched += 1;
      return requests.map(({ after }) => ({ events: page(after, limit), more: after + limit < committed }));
    },
  };
  const views = createExecutionViews({
    journal,
    bus,
    texts,
    clock,
    loadPlan: async () => plan,
    pollIntervalMs: 1_000,
    maxLagMs: MAX_LAG_MS,
  });
  views.start();
  const deps = {
    clock,
    maxLagMs: MAX_LAG_MS,
    onDelivered: (at: number, readers: number) => delivered.push(...Array.from({ length: readers }, () => at)),
  };
  async function open({ after, ...request }: Asked = {}): Promise<PullStream<StreamMessage>> {
    const held = await views.acquire(DEFAULT_TENANT, EXECUTION_ID);
    if (held === undefined) throw new Error('There is no such execution.');
    return follow({ ...request, held, after }, deps);
  }
  return {
    clock,
    bus,
    texts,
    views,
    statements,
    delivered,
    get committed() {
      return committed;
    },
    commit(count, telling) {
      const added = events.slice(committed, committed + count);
      committed += added.length;
      const fact = { executionId: EXECUTION_ID, tenant: DEFAULT_TENANT, lastSequence: committed };
      texts.onCommitted([{ ...fact, events: added.filter((event) => event.type !== 'unknown') }]);
      if (telling === 'gift') bus.publish([{ ...fact, events: added.filter((event) => event.type !== 'unknown') }]);
      if (telling === 'hint') bus.publish([fact]);
      if (telling === 'look') bus.look();
    },
    fail: (away) => (isAway = away),
    open,
    follow: async (request) => createReader(await open(request)),
    close: () => views.close(),
  };
}

/** A client that pulls when a test says so. */
export interface Reader {
  readonly messages: readonly StreamMessage[];
  readonly isDone: boolean;
  /** Asks for the next message, unless it already waits for one; what can come at once has come when this resolves. */
  pull(): Promise<void>;
  /** Pulls until nothing more comes. */
  drain(): Promise<void>;
  cut(): Promise<void>;
}

function createReader(stream: AsyncGenerator<StreamMessage, void, undefined>): Reader {
  const messages: StreamMessage[] = [];
  let isDone = false;
  let failure: Error | undefined;
  let pending: Promise<void> | undefined;

  async function next(): Promise<void> {
    try {
      const step = await stream.next();
      if (step.done === true) isDone = true;
      else messages.push(step.value);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      isDone = true;
    }
    pending = undefined;
  }

  async function pull(): Promise<void> {
    if (!isDone) pending ??= next();
    await settled();
    if (failure !== undefined) throw failure;
  }

  return {
    messages,
    get isDone() {
      return isDone;
    },
    pull,
    async drain() {
      do await pull();
      while (pending === undefined && !isDone);
    },
    async cut() {
      await stream.return();
    },
  };
}

/** Everything that needs no time has happened. */
export async function settled(): Promise<void> {
  await setImmediate();
}
