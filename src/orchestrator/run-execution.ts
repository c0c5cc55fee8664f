import { callsModels, hasEffect } from '../blueprint/plan.ts';
import { BlueprintId } from '../core/ids.ts';
import { apply } from '../execution/apply.ts';
import { nextDueAt } from '../execution/decide.ts';
import type { EventUsage, ExecutionEvent } from '../execution/events.ts';
import { projection } from '../execution/projection.ts';
import type { AppendAnswer } from '../store/event-store.ts';
import { isUnavailable } from '../store/unavailable.ts';
import { createAttempts } from './attempts.ts';
import { createBreath } from './breath.ts';
import { createEvaluate } from './evaluate.ts';
import { openSteps } from './attempt-steps.ts';
import { createInbox, isEnd, tellSteps, type Arrival } from './inbox.ts';
import type { Keep } from './executor.ts';
import { endsIt, openAppend, type OpenAppend } from './open-append.ts';
import { recordOpening } from './opening.ts';
import { toDraft } from './outcome-draft.ts';
import type { Run, RunDeps, RunEnd, RunStart } from './run.ts';
import { beginNode, settle } from './settle.ts';
import type { BeginNode, SettleDeps } from './settle.ts';

const MAX_WAIT_MS = 86_400_000;
const MAX_FAILED_TURNS = 5;
const RETRY_MS = 200;
const MAX_RETRY_MS = 2_000;
/** For how long an execution that cannot be carried forward is put aside. */
export const POISONED_MS = 60_000;
const READ_LIMIT = 1_000;
const NOTHING_SPENT: ReadonlyMap<string, EventUsage> = new Map();

/** Carries one execution forward until it has ended, is parked, or belongs to somebody else. */
export function createRun({ of, state: initial, create: toCreate }: RunStart, deps: RunDeps): Run {
  const { clock, events, values, executors, pureNodes, defaultDeadlineMs } = deps;
  let state = initial;
  let create = toCreate;
  let opened = false;
  let looked = false;
  let clearDue = false;
  let draining = false;
  let stopped: 'shutdown' | 'leaseLost' | undefined;
  let failedTurns = 0;
  let retries = 0;
  let decidedAt = 0;
  let ready: readonly BeginNode[] = [];
  let recent: readonly ExecutionEvent[] = [];
  let pause: AbortController | undefined;
  const inbox = createInbox();
  const halt = new AbortController();

  /** Events that may not be in the database. */
  const unread = (): readonly ExecutionEvent[] => (create ? [create.requested, ...recent] : recent);
  const wake = (): void => pause?.abort();
  const arrive = (arrival: Arrival): void => {
    inbox.put(arrival);
    wake();
  };
  const keep: Keep = (value, maxBytes) => values.keep(of.tenant, value, maxBytes);
  const loadAll: SettleDeps['loadAll'] = (stored) => values.loadAll(of, stored, unread());
  const evaluate = createEvaluate({ state: () => state, load: (stored) => values.load(of, stored, unread()) });
  const attempts = createAttempts({
    owner: () => ({
      ...{ executionId: of.executionId, rootExecutionId: of.executionId, tenant: of.tenant, leaseToken: of.token },
      blueprintId: BlueprintId.parse(state.blueprintId),
      maxCostUsdMicros: () => state.budget.maxCostUsdMicros,
    }),
    clock,
    executors,
    pinned: () => state,
    evaluateInput: ({ node, body }) => ('input' in node ? evaluate(body, node.input) : { ok: true, value: null }),
    keep,
    openVoice: (at) => deps.texts.open({ executionId: of.executionId, ...at }),
    openSteps: (running, signal) =>
      openSteps(running, signal, { state: () => state, clock, keep, loadAll, onStep: arrive }),
    onFinished: arrive,
  });
  // Made in each turn, so member by member: V8 adds to what was spread as slowly as to a hash table.
  const settleDeps = (): SettleDeps => {
    const [now, mayBegin] = [clock.now(), !draining];
    return { state, executors, attempts, now, clock, pureNodes, evaluate, keep, loadAll, mayBegin };
  };

  /**
   * Outcomes of pure nodes whose needs are committed by now. A failure voids the rest, and long work leaves it for the
   * next turn: `settle` decides anew.
   */
  async function recordPure(append: OpenAppend): Promise<void> {
    const settlingNow = settleDeps();
    const breath = createBreath(clock);
    for (const command of ready) {
      const begun = beginNode(command, settlingNow);
      const draft = begun instanceof Promise ? await begun : begun;
      if (draft === undefined) continue;
      append.record(draft);
      if (draft.type === 'nodeFailed' || breath.isDue()) break;
    }
    ready = [];
  }

  async function commit(append: OpenAppend): Promise<AppendAnswer> {
    const projected = projection(state);
    if (create) {
      const answer = await create.commit(append.events, projected);
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
    if (stopped !== undefined) return;
    for (const running of state.running.values()) {
      if (hasEffect(running.node.kind) && !attempts.has(running.path) && !inbox.holdsEndOf(running.path))
        attempts.launch(running);
    }
  }

  /** Takes the state from the journal again, after an append that was refused or whose fate is unknown. */
  async function rebuild(taken: Arrival[]): Promise<void> {
    // What was taken is in the inbox again, once, however often this is tried.
    inbox.giveBack(taken);
    ready = [];
    recent = [];
    state = await deps.readState(of);
    clearDue = true;
    // Of an append whose fate was unknown: what it recorded is not recorded again, nor does it hide what it started.
    inbox.forgetOthers((path, attempt) => state.running.get(path)?.attempt === attempt);
    if (opened) launch();
  }

  /**
   * Settles what attempts whose end is recorded next, or whose owner is gone, may have been billed for and have not settled.
   * Answers with what those of a former owner were charged.
   */
  async function settleLeft(taken: readonly Arrival[], now: number): Promise<ReadonlyMap<string, EventUsage>> {
    const over = opened ? taken.filter(isEnd) : [...state.running.values()];
    const calls = over
      .filter(({ path }) => callsModels(state.running.get(path)?.node.kind))
      .map(({ path, attempt }) => ({ path, attempt }));
    if (calls.length === 0) return NOTHING_SPENT;
    await deps.ledger.settleEstimated({ executionId: of.executionId, calls }, new Date(now));
    return opened ? NOTHING_SPENT : deps.ledger.chargedTo(of.executionId, calls);
  }

  async function turn(taken: Arrival[]): Promise<RunEnd | 'wrote' | 'idle'> {
    const now = clock.now();
    const append = openAppend(state, now);
    recent = append.events;
    const spent = await settleLeft(taken, now);
    if (!opened) recordOpening(append, state, { pinOf: deps.pinOf, defaultDeadlineMs, of, now, spent });
    if (ready.length > 0) await recordPure(append);
    for (const arrival of taken) {
      const draft = toDraft(arrival, { state, executionId: of.executionId, now });
      if (draft) append.record(draft);
    }
    if (!endsIt(append)) {
      const settlingNow = settleDeps();
      decidedAt = settlingNow.now;
      ready = await settle(append, settlingNow);
    }
    if (append.events.length === 0) {
      tellSteps(taken, state);
      return 'idle';
    }
    const answer = await commit(append);
    if (answer === 'stale') return 'stale';
    if (answer === 'moved') {
      await rebuild(taken);
      return 'wrote';
    }
    opened = true;
    clearDue = false;
    tellSteps(taken, state);
    if (endsIt(append)) return 'finished';
    if (append.events.some(({ type }) => type === 'attemptStarted')) launch();
    return 'wrote';
  }

  /** Folds what others appended; only called while every event of the state is committed. */
  async function catchUp(): Promise<void> {
    looked = false;
    const missed = await events.read(of.tenant, of.executionId, state.lastSequence, READ_LIMIT);
    if (missed.more) looked = true;
    for (const event of missed.events) {
      if (missed.isNewer === true || event.type === 'unknown')
        throw new Error(`Event ${event.sequence} is of a newer release.`);
      apply(state, event);
      clearDue = true;
      ready = [];
    }
  }

  /** Waits until there is something to do; gives the lease up when that is far away. */
  async function rest(): Promise<RunEnd | undefined> {
    if (!inbox.isEmpty || ready.length > 0 || stopped === 'leaseLost') return undefined;
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
    const answer = await deps.leases.park({
      executionId,
      token,
      lastSequence: state.lastSequence,
      dueAt,
      status: 'waiting',
    });
    if (answer === 'moved') looked = true;
    return answer === 'moved' ? undefined : answer === 'parked' ? 'parked' : 'stale';
  }

  /** A turn that threw: nobody knows the state until the journal says it. A bug that comes again puts the execution aside. */
  async function recover(thrown: unknown, taken: Arrival[]): Promise<RunEnd | undefined> {
    // Nothing is stored yet: whoever asked for the start hears why there is none.
    if (create) throw thrown;
    for (let error = thrown; ;) {
      deps.reportFault(error, of);
      // What was stopped is then recorded as abandoned by whoever claims it next.
      if (stopped !== undefined) return 'released';
      retries += 1;
      // A database that is away is no bug of this execution: either it comes back, or the lease is lost.
      if (!isUnavailable(error)) failedTurns += 1;
      const waitMs = Math.min(RETRY_MS * 2 ** (retries - 1), MAX_RETRY_MS);
      await clock.delay(waitMs, halt.signal).catch(() => undefined);
      try {
        await rebuild(taken);
        if (failedTurns < MAX_FAILED_TURNS) return undefined;
        await attempts.stopAll('leaseLost');
        return await park(clock.now() + POISONED_MS);
      } catch (again) {
        error = again;
      }
    }
  }

  async function carry(): Promise<RunEnd> {
    for (;;) {
      if (stopped === 'leaseLost') return 'stale';
      if (draining && attempts.count === 0 && inbox.isEmpty) return 'released';
      const taken = inbox.take();
      try {
        const end = await turn(taken);
        if (end === 'wrote') failedTurns = retries = 0;
        const over = end === 'idle' ? await rest() : end === 'wrote' ? undefined : end;
        if (over !== undefined) return over;
      } catch (error) {
        const over = await recover(error, taken);
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
      if (stopped !== 'leaseLost') stopped = cause;
      draining = true;
      halt.abort(new Error(cause));
      await attempts.stopAll(cause);
      wake();
    },
  };
}
