import type { ExecutionId, OrchestratorId } from '../core/ids.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { createState } from '../execution/create-state.ts';
import type { ExecutionStart } from '../execution/start.ts';
import type { ExecutionStore, StartAnswer } from '../store/execution-store.ts';
import type { Lease, LeaseStore } from '../store/lease-store.ts';
import { isUnavailable } from '../store/unavailable.ts';
import { createHeartbeat } from './heartbeat.ts';
import { NoJournalError } from './read-state.ts';
import { createRun, POISONED_MS } from './run-execution.ts';
import type { OwnedExecution, Run, RunDeps, RunStart } from './run.ts';

const SWEEP_LIMIT = 500;
/** Journals that are read at once: each may take some megabytes while it is folded. */
const READ_AT_ONCE = 16;
/** Sweeps between two looks at everything that is ours. */
const LOOK_FOR_FORGOTTEN_EVERY = 10;

export interface OrchestratorDeps extends Omit<RunDeps, 'leases'> {
  readonly leases: LeaseStore;
  readonly executions: Pick<ExecutionStore, 'start'>;
  readonly dispatch: Dispatch;
  readonly newOrchestratorId: () => OrchestratorId;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly killGraceMs: number;
  readonly shutdownGraceMs: number;
  readonly sweepMs: number;
  /** Executions that this process carries at once. */
  readonly maxRunning: number;
  /** 0 to 1: spreads the sweeps of many processes. */
  readonly random: () => number;
  /** Sees each run begin, and what is within it. */
  readonly around?: ((start: RunStart, carry: () => Run) => Run) | undefined;
  readonly onLeaseLost?: ((executions: number) => void) | undefined;
  readonly onOthersAlive?: ((othersAlive: boolean) => void) | undefined;
  readonly onClaimed?: ((claimed: readonly Lease[], by: 'sweep' | 'ring') => void) | undefined;
}

/** The role that claims executions and carries them forward. */
export interface Orchestrator {
  /** How many executions this process carries now. */
  readonly running: number;
  start(): Promise<void>;
  close(): Promise<void>;
  /** Request, claim, start and first starts in one statement. Undefined: no free capacity, somebody else shall claim it. */
  startClaimed(start: ExecutionStart): Promise<StartAnswer> | undefined;
}

/** An execution that is ours; `lastSequence` is unknown of a start whose commit is. */
type Claim = OwnedExecution & { readonly lastSequence?: number };

export function createOrchestrator(deps: OrchestratorDeps): Orchestrator {
  const { clock, leases } = deps;
  const runs = new Map<ExecutionId, Run>();
  const claiming = new Set<ExecutionId>();
  /** In the database under our name, at least perhaps, without a run: starts of unknown fate, claims that could not be read. */
  const unsettled = new Map<ExecutionId, Claim>();
  const stopping = new AbortController();
  let mayHaveForgotten = false;
  let looping: Promise<void> | undefined;
  let stopHearing: (() => void) | undefined;

  const heartbeat = createHeartbeat({
    leases,
    clock,
    heartbeatMs: deps.heartbeatMs,
    leaseMs: deps.leaseMs,
    killGraceMs: deps.killGraceMs,
    newId: deps.newOrchestratorId,
    async onLost() {
      deps.onLeaseLost?.(runs.size);
      unsettled.clear();
      await Promise.all([...runs.values()].map((run) => run.stop('leaseLost')));
    },
    onOthersAlive: (othersAlive) => deps.onOthersAlive?.(othersAlive),
    reportFault: (error) => deps.reportFault(error),
  });

  function carry(start: RunStart): Run {
    const run = deps.around === undefined ? createRun(start, deps) : deps.around(start, () => createRun(start, deps));
    runs.set(run.executionId, run);
    run.ended.then(
      () => runs.delete(run.executionId),
      (error: unknown) => {
        runs.delete(run.executionId);
        deps.reportFault(error, start.of);
      },
    );
    return run;
  }

  const hasRoom = (): boolean => runs.size + claiming.size < deps.maxRunning && !stopping.signal.aborted;

  /** Carries what was claimed. Without a run nobody would ever look at it again, as it is ours. */
  async function take(claim: Claim): Promise<void> {
    const { executionId, tenant, token, previousOwnerDied, lastSequence } = claim;
    const of: OwnedExecution = { executionId, tenant, token, previousOwnerDied };
    unsettled.delete(executionId);
    try {
      await endOlderRun(executionId);
      const state = await deps.readState(of);
      if (!stopping.signal.aborted && heartbeat.id !== undefined) carry({ of, state });
    } catch (error) {
      if (error instanceof NoJournalError) return;
      deps.reportFault(error, of);
      if (heartbeat.id === undefined) return;
      unsettled.set(executionId, claim);
      if (isUnavailable(error) || lastSequence === undefined) return;
      const aside = { executionId, token, lastSequence, dueAt: clock.now() + POISONED_MS, status: 'waiting' } as const;
      await leases.park(aside);
      unsettled.delete(executionId);
    }
  }

  /** Of a lease before this one; it has just not heard yet that it is over. */
  async function endOlderRun(executionId: ExecutionId): Promise<void> {
    const older = runs.get(executionId);
    if (!older) return;
    await older.stop('leaseLost');
    await older.ended.catch(() => undefined);
  }

  const report = (error: unknown): void => deps.reportFault(error);

  async function onRing(executionId: ExecutionId): Promise<void> {
    const run = runs.get(executionId);
    if (run) {
      run.look();
      return;
    }
    if (heartbeat.id === undefined || claiming.has(executionId) || !hasRoom()) return;
    claiming.add(executionId);
    try {
      const lease = await leases.claim(heartbeat.id, executionId);
      if (!lease) return;
      deps.onClaimed?.([lease], 'ring');
      await take(lease);
    } catch (error) {
      mayHaveForgotten = true;
      throw error;
    } finally {
      claiming.delete(executionId);
    }
  }

  async function sweep(): Promise<void> {
    const { id } = heartbeat;
    if (id === undefined) return;
    for (const executionId of await leases.ownDue(id)) runs.get(executionId)?.look();
    await adoptUnsettled();
    const room = Math.min(SWEEP_LIMIT, deps.maxRunning - runs.size - claiming.size);
    if (room <= 0) return;
    const claimed = await leases.claimDue(id, room);
    if (claimed.length > 0) deps.onClaimed?.(claimed, 'sweep');
    await takeAll(claimed);
  }

  async function takeAll(claims: readonly Lease[]): Promise<void> {
    // They count as claimed while their state is read: room that is taken must not be given away again.
    for (const { executionId } of claims) claiming.add(executionId);
    const left = [...claims];
    const takeNext = async (): Promise<void> => {
      for (let claim = left.shift(); claim !== undefined; claim = left.shift()) {
        await take(claim).catch(report);
        claiming.delete(claim.executionId);
      }
    };
    await Promise.all(Array.from({ length: READ_AT_ONCE }, takeNext));
  }

  /** What is ours in the database and in nobody's hands: claims whose answer was lost. */
  async function adoptForgotten(id: OrchestratorId): Promise<void> {
    const owned = await leases.owned(id);
    const isForgotten = ({ executionId }: Lease): boolean =>
      !runs.has(executionId) && !claiming.has(executionId) && !unsettled.has(executionId);
    await takeAll(owned.filter(isForgotten));
  }

  async function adoptUnsettled(): Promise<void> {
    for (const claim of [...unsettled.values()]) await take(claim);
  }

  function onSweepFailed(error: unknown): void {
    mayHaveForgotten = true;
    report(error);
  }

  async function lookForForgotten(): Promise<void> {
    const { id } = heartbeat;
    if (id === undefined) return;
    await adoptForgotten(id);
    mayHaveForgotten = false;
  }

  async function keepSweeping(): Promise<void> {
    for (let round = 1; !stopping.signal.aborted; round += 1) {
      await sweep().catch(onSweepFailed);
      if (mayHaveForgotten || round % LOOK_FOR_FORGOTTEN_EVERY === 0) await lookForForgotten().catch(report);
      const jitter = 0.75 + deps.random() / 2;
      await clock.delay(deps.sweepMs * jitter, stopping.signal).catch(() => undefined);
    }
  }

  async function drain(): Promise<void> {
    const left = [...runs.values()];
    for (const run of left) run.drain();
    // Why a run ended badly was reported by then; the leases are given back all the same.
    const quiet = Promise.all(left.map(({ ended }) => ended.catch(() => undefined)));
    const grace = new AbortController();
    await Promise.race([quiet, clock.delay(deps.shutdownGraceMs, grace.signal).catch(() => undefined)]);
    grace.abort(new Error('quiet'));
    await Promise.all(left.map((run) => run.stop('shutdown')));
    await quiet;
  }

  return {
    get running() {
      return runs.size;
    },
    async start() {
      await heartbeat.start();
      stopHearing = deps.dispatch.onRing((executionId) => void onRing(executionId).catch(report));
      looping = keepSweeping();
    },
    async close() {
      if (stopping.signal.aborted) return;
      stopping.abort(new Error('closing'));
      stopHearing?.();
      await looping;
      await drain();
      if (heartbeat.id !== undefined) await leases.releaseAll(heartbeat.id).catch(report);
      await heartbeat.close();
    },
    startClaimed({ id, tenant, plan, requested, ...rest }) {
      const owner = heartbeat.id;
      if (owner === undefined || !hasRoom()) return undefined;
      const of: OwnedExecution = { executionId: id, tenant, token: 1, previousOwnerDied: false };
      return new Promise((resolve, reject) => {
        let isAnswered = false;
        const run = carry({
          of,
          state: createState(plan, requested),
          create: {
            requested,
            async commit(events, projection) {
              const request = { id, tenant, events: [requested, ...events], projection, owner, ...rest };
              const answer = await deps.executions.start(request).catch((error: unknown) => {
                unsettled.set(id, of);
                reject(error instanceof Error ? error : new Error(String(error)));
                return undefined;
              });
              isAnswered = answer !== undefined;
              if (answer) resolve(answer);
              return answer?.type === 'created' ? 'wrote' : 'stale';
            },
          },
        });
        run.ended.then(() => {
          if (!isAnswered) reject(new Error('The execution could not be started.'));
        }, reject);
      });
    },
  };
}
