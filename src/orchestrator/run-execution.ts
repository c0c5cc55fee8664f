import { hasEffect } from '../blueprint/plan.ts';
import type { Plan } from '../blueprint/plan.ts';
import type { ExecutionId, TenantId } from '../core/ids.ts';
import { apply } from '../execution/apply.ts';
import { nextDueAt } from '../execution/decide.ts';
import type { ExecutionEvent } from '../execution/events.ts';
import { projection } from '../execution/projection.ts';
import type { ExecutionState } from '../execution/state.ts';
import type { AppendAnswer, EventStore, Projection } from '../store/event-store.ts';
import type { LeaseStore } from '../store/lease-store.ts';
import { createAttempts } from './attempts.ts';
import type { FinishedAttempt } from './attempts.ts';
import { createEvaluate } from './evaluate.ts';
import type { Executors } from './executor.ts';
import type { JournalClock } from './journal-clock.ts';
import { openAppend } from './open-append.ts';
import type { OpenAppend } from './open-append.ts';
import { recordOpening } from './opening.ts';
import { toDraft } from './outcome-draft.ts';
import { beginNode, settle } from './settle.ts';
import type { BeginNode, SettleDeps } from './settle.ts';
import type { ValueKeeper } from './value-keeper.ts';

const MAX_WAIT_MS = 86_400_000;
const MAX_FAILED_TURNS = 5;
const RETRY_MS = 200;
const POISONED_MS = 60_000;
const READ_LIMIT = 1_000;

export interface RunDeps {
  readonly events: EventStore;
  readonly leases: Pick<LeaseStore, 'park'>;
  readonly values: ValueKeeper;
  readonly executors: Executors;
  readonly clock: JournalClock;
  readonly pureNodes: 'commit' | 'ride';
  /** A timer that is further away gives the lease up. */
  readonly parkAfterMs: number;
  readonly defaultDeadlineMs: number;
  readonly toolVersions: (plan: Plan) => Readonly<Record<string, string>>;
  /** The state as the journal has it. */
  readonly readState: (of: OwnedExecution) => Promise<ExecutionState>;
  readonly reportFault: (error: unknown, of?: OwnedExecution) => void;
}

export interface OwnedExecution {
  readonly executionId: ExecutionId;
  readonly tenant: TenantId;
  readonly token: number;
  readonly previousOwnerDied: boolean;
}

/** `stale`: the lease is gone. `released`: the process shuts down and gives it back. */
export type RunEnd = 'finished' | 'parked' | 'stale' | 'released';

/** One execution that this process carries forward. */
export interface Run {
  readonly executionId: ExecutionId;
  /** Settles when this process has nothing more to do with the execution. */
  readonly ended: Promise<RunEnd>;
  /** Says that somebody appended a request. */
  look(): void;
  /** Begins nothing that has an effect any more; ends when what runs has ended. */
  drain(): void;
  /** Stops what runs. At a shutdown it is recorded as abandoned; with the lease lost nothing is written any more. */
  stop(cause: 'shutdown' | 'leaseLost'): Promise<void>;
}

export interface RunStart {
  readonly of: OwnedExecution;
  readonly state: ExecutionState;
  /** Commits the first append of an execution that is not in the database yet. */
  readonly firstCommit?: ((events: readonly ExecutionEvent[], projected: Projection) => Promise<AppendAnswer>) | undefined;
}

export function createRun({ of, state: initial, firstCommit }: RunStart, deps: RunDeps): Run {
  const { clock, events, values } = deps;
  let state = initial;
  let create = firstCommit;
  let opened = false;
  let looked = false;
  let clearDue = false;
  let draining = false;
  let lost = false;
  let failedTurns = 0;
  let decidedAt = 0;
  let ready: readonly BeginNode[] = [];
  let recent: readonly ExecutionEvent[] = [];
  let inbox: FinishedAttempt[] = [];
  let pause: AbortController | undefined;

  const wake = (): void => pause?.abort();
  const keep = (value: Parameters<ValueKeeper['keep']>[1]): ReturnType<ValueKeeper['keep']> => values.keep(of.tenant, value);
  const evaluate = createEvaluate({ state: () => state, load: (stored) => values.load(of, stored, recent) });
  const attempts = createAttempts({
    executionId: of.executionId,
    tenant: of.tenant,
    executors: deps.executors,
    pinnedTools: () => state.tools,
    evaluateInput: ({ node, body }) => (node.kind === 'tool' || node.kind === 'code' ? evaluate(body, node.input) : { ok: true, value: null }),
    keep,
    onFinished(finished) {
      inbox.push(finished);
      wake();
    },
  });
  const settleDeps = (): SettleDeps => ({
    state,
    executors: deps.executors,
    attempts,
    now: clock.now(),
    pureNodes: deps.pureNodes,
    evaluate,
    keep,
    loadAll: (stored) => values.loadAll(of, stored, recent),
    mayBegin: !draining,
  });

  /** Outcomes of pure nodes whose needs are committed by now. A failure voids the rest: `settle` decides anew. */
  async function recordPure(append: OpenAppend): Promise<void> {
    const settling = settleDeps();
    for (const command of ready) {
      const begun = beginNode(command, settling);
      const draft = begun instanceof Promise ? await begun : begun;
      if (draft === undefined) continue;
      append.record(draft);
      if (draft.type === 'nodeFailed') break;
    }
    ready = [];
  }

  async function commit(append: OpenAppend): Promise<AppendAnswer> {
    const projected = projection(state);
    if (create) {
      const answer = await create(append.events, projected);
      create = undefined;
      return answer;
    }
    return events.append({
      executionId: of.executionId,
      tenant: of.tenant,
      leaseToken: of.token,
      events: append.events,
      expected: append.expected,
      projection: projected,
      ...(clearDue ? { dueAt: null } : {}),
    });
  }

  /** Starts what `attemptStarted` says and what is not in hand: its commit is known. */
  function launch(): void {
    for (const running of state.running.values()) {
      if (hasEffect(running.node.kind) && !attempts.has(running.path) && !isInInbox(running.path)) attempts.launch(running);
    }
  }
  const isInInbox = (path: string): boolean => inbox.some((finished) => finished.path === path);

  /** Takes the state from the journal again, after an append that was refused or whose fate is unknown. */
  async function rebuild(): Promise<void> {
    ready = [];
    recent = [];
    if (create) return;
    state = await deps.readState(of);
    clearDue = true;
    if (opened) launch();
  }

  async function turn(taken: FinishedAttempt[]): Promise<RunEnd | 'wrote' | 'idle'> {
    const append = openAppend(state, clock.now());
    recent = append.events;
    if (!opened) recordOpening(append, state, { ...deps, of, now: clock.now() });
    if (ready.length > 0) await recordPure(append);
    for (const finished of taken) {
      const draft = toDraft(finished, { state, executionId: of.executionId, now: clock.now() });
      if (draft) append.record(draft);
    }
    if (!append.finished) {
      const settling = settleDeps();
      decidedAt = settling.now;
      ready = await settle(append, settling);
    }
    if (append.events.length === 0) return 'idle';
    const answer = await commit(append);
    if (answer === 'stale') return 'stale';
    if (answer === 'moved') {
      inbox = [...taken, ...inbox];
      await rebuild();
      return 'wrote';
    }
    opened = true;
    clearDue = false;
    if (append.finished) return 'finished';
    if (append.events.some(({ type }) => type === 'attemptStarted')) launch();
    return 'wrote';
  }

  /** Folds what others appended; only called while every event of the state is committed. */
  async function catchUp(): Promise<void> {
    looked = false;
    const missed = await events.read(of.tenant, of.executionId, state.lastSequence, READ_LIMIT);
    for (const event of missed) {
      if (event.type === 'unknown') throw new Error(`Event ${event.sequence} is of a newer release.`);
      apply(state, event);
      clearDue = true;
      ready = [];
    }
  }

  /** Waits until there is something to do; gives the lease up when that is far away. */
  async function rest(): Promise<RunEnd | undefined> {
    if (inbox.length > 0 || ready.length > 0 || lost) return undefined;
    if (looked) {
      await catchUp();
      return undefined;
    }
    const dueAt = nextDueAt(state, decidedAt);
    const waitMs = Math.min(dueAt === null ? MAX_WAIT_MS : dueAt - clock.now(), MAX_WAIT_MS);
    if (waitMs <= 0) return undefined;
    if (attempts.count === 0 && waitMs > deps.parkAfterMs) return park(dueAt);
    pause = new AbortController();
    await clock.delay(waitMs, pause.signal).catch(() => undefined);
    pause = undefined;
    return undefined;
  }

  async function park(dueAt: number | null): Promise<RunEnd | undefined> {
    const { executionId, token } = of;
    const answer = await deps.leases.park({ executionId, token, lastSequence: state.lastSequence, dueAt, status: 'waiting' });
    if (answer === 'moved') looked = true;
    return answer === 'moved' ? undefined : answer === 'parked' ? 'parked' : 'stale';
  }

  /** A turn that threw: the database is away, or a bug. The journal says what is true; a poisoned execution is put aside. */
  async function recover(error: unknown, taken: readonly FinishedAttempt[]): Promise<RunEnd | undefined> {
    inbox = [...taken, ...inbox];
    failedTurns += 1;
    deps.reportFault(error, of);
    if (failedTurns >= MAX_FAILED_TURNS) {
      await attempts.stopAll('leaseLost');
      return park(clock.now() + POISONED_MS).catch(() => 'stale');
    }
    await clock.delay(RETRY_MS * 2 ** failedTurns, new AbortController().signal);
    await rebuild().catch((again: unknown) => deps.reportFault(again, of));
    return undefined;
  }

  async function carry(): Promise<RunEnd> {
    for (;;) {
      if (lost) return 'stale';
      if (draining && attempts.count === 0 && inbox.length === 0) return 'released';
      const taken = inbox.splice(0);
      try {
        const end = await turn(taken);
        failedTurns = 0;
        const over = end === 'idle' ? await rest() : end === 'wrote' ? undefined : end;
        if (over !== undefined) return over;
      } catch (error) {
        const over = lost ? 'stale' : await recover(error, taken);
        if (over !== undefined) return over;
      }
    }
  }

  const ended = carry().then(async (end) => {
    if (end === 'stale') await attempts.stopAll('leaseLost');
    return end;
  });

  return {
    executionId: of.executionId,
    ended,
    look() {
      looked = true;
      wake();
    },
    drain() {
      draining = true;
      wake();
    },
    async stop(cause) {
      if (cause === 'leaseLost') lost = true;
      draining = true;
      await attempts.stopAll(cause);
      wake();
    },
  };
}
