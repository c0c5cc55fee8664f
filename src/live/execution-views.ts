import type { Clock } from '../core/clock.ts';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import { openView, type ExecutionView, type LoadPlan } from './execution-view.ts';
import { createJournalReader, type Journal } from './journal-reader.ts';
import type { LiveBus, Unsubscribe } from './live-bus.ts';
import type { LiveTexts } from './live-texts.ts';

const KEEP_IDLE = 16;
/** A fold takes about as much as its execution has events. */
const KEEP_IDLE_EVENTS = 20_000;

export interface ExecutionViewsDeps {
  readonly journal: Journal;
  readonly bus: LiveBus;
  readonly texts: LiveTexts;
  readonly loadPlan: LoadPlan;
  readonly clock: Clock;
  /** How often every followed execution is looked at, so that a lost hint costs only latency. */
  readonly pollIntervalMs: number;
  readonly maxLagMs: number;
  readonly onReadFailed?: ((error: unknown) => void) | undefined;
}

/** A view in use; `release` must be called once. */
export interface HeldView {
  readonly view: ExecutionView;
  release(): void;
}

/** The executions that are followed in this process: one fold for each, shared by all its followers. */
export interface ExecutionViews {
  /** How many are followed now. */
  readonly size: number;
  start(): void;
  close(): Promise<void>;
  /** Listens first, then reads: nothing between the two is missed. Undefined: no such execution in this tenant. */
  acquire(tenant: TenantId, executionId: ExecutionId): Promise<HeldView | undefined>;
}

interface Entry {
  holders: number;
  readonly view: Promise<ExecutionView | undefined>;
  opened: ExecutionView | undefined;
  stop: Unsubscribe;
}

export function createExecutionViews(deps: ExecutionViewsDeps): ExecutionViews {
  const { bus, clock } = deps;
  const reader = createJournalReader(deps.journal);
  const entries = new Map<string, Entry>();
  const closing = new AbortController();
  let polling: Promise<void> | undefined;

  function open(tenant: TenantId, executionId: ExecutionId): Entry {
    const key = `${tenant}/${executionId}`;
    let missed = false;
    const stopHints = bus.subscribe(executionId, (news) => {
      // Another tenant's execution of this ID does not exist; what comes while the journal is read is read afterwards.
      if (entry.opened) entry.opened.hear(news);
      else missed = true;
    });
    const stopTexts = deps.texts.subscribe(executionId, () => entry.opened?.hearText());
    const stop = (): void => {
      stopHints();
      stopTexts();
    };
    const view = openView({ tenant, executionId }, { ...deps, reader, closing: closing.signal });
    const entry: Entry = { holders: 0, view, opened: undefined, stop };
    entries.set(key, entry);
    view.then(
      (opened) => {
        entry.opened = opened;
        if (missed) opened?.hear('look');
        if (opened === undefined) drop(key, entry);
      },
      () => drop(key, entry),
    );
    return entry;
  }

  function drop(key: string, entry: Entry): void {
    entry.stop();
    if (entries.get(key) === entry) entries.delete(key);
  }

  /** Finished executions never change: a few stay, as those who watched the end ask again. */
  function onIdle(key: string, entry: Entry): void {
    if (entry.opened?.finished !== true) return drop(key, entry);
    const idle = [...entries].filter(([, one]) => one.holders === 0 && one.opened?.finished === true);
    let kept = 0;
    let events = 0;
    for (const [idleKey, one] of idle.reverse()) {
      events += one.opened?.sequence ?? 0;
      if (kept < KEEP_IDLE && events <= KEEP_IDLE_EVENTS) kept += 1;
      else drop(idleKey, one);
    }
  }

  async function poll(): Promise<void> {
    for (;;) {
      const isClosing = await clock.delay(deps.pollIntervalMs, closing.signal).then(
        () => false,
        () => true,
      );
      if (isClosing) return;
      for (const { opened } of entries.values()) opened?.hear('look');
      deps.texts.forget();
    }
  }

  return {
    get size() {
      return [...entries.values()].filter(({ holders }) => holders > 0).length;
    },
    start() {
      polling ??= poll();
    },
    async close() {
      closing.abort(new Error('The live views are closing.'));
      await polling;
      for (const [key, entry] of entries) drop(key, entry);
    },
    async acquire(tenant, executionId) {
      const key = `${tenant}/${executionId}`;
      const entry = entries.get(key) ?? open(tenant, executionId);
      entry.holders += 1;
      let held = true;
      const release = (): void => {
        if (!held) return;
        held = false;
        entry.holders -= 1;
        if (entry.holders === 0) onIdle(key, entry);
      };
      try {
        const view = await entry.view;
        if (view) return { view, release };
        release();
        return undefined;
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}
