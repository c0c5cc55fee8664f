import type { Plan } from '../blueprint/plan.ts';
import type { BlueprintId, ExecutionId, OrchestratorId, TenantId } from '../core/ids.ts';
import type { Dispatch } from '../dispatch/dispatch.ts';
import { createState } from '../execution/create-state.ts';
import type { ExecutionEventOf } from '../execution/events.ts';
import type { ExecutionStore, StartAnswer, StartRequest } from '../store/execution-store.ts';
import type { Lease, LeaseStore } from '../store/lease-store.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createRun } from './run-execution.ts';
import type { OwnedExecution, Run, RunDeps, RunStart } from './run-execution.ts';

const SWEEP_LIMIT = 500;

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
  readonly onLeaseLost?: ((executions: number) => void) | undefined;
  readonly onOthersAlive?: ((othersAlive: boolean) => void) | undefined;
  readonly onClaimed?: ((claimed: { readonly executions: number; readonly by: 'sweep' | 'ring' }) => void) | undefined;
}

/** A start whose first turn is written together with the request. */
export interface ClaimedStart {
  readonly id: ExecutionId;
  readonly tenant: TenantId;
  readonly blueprintId: BlueprintId;
  readonly blueprintVersion: number;
  readonly plan: Plan;
  readonly requested: ExecutionEventOf<'executionRequested'>;
  readonly idempotency: StartRequest['idempotency'];
}

/** The role that claims executions and carries them forward. */
export interface Orchestrator {
  /** How many executions this process carries now. */
  readonly running: number;
  start(): Promise<void>;
  close(): Promise<void>;
  /** Request, claim, start and first starts in one statement. Undefined: no free capacity, somebody else shall claim it. */
  startClaimed(start: ClaimedStart): Promise<StartAnswer> | undefined;
}

export function createOrchestrator(deps: OrchestratorDeps): Orchestrator {
  const { clock, leases } = deps;
  const runs = new Map<ExecutionId, Run>();
  const claiming = new Set<ExecutionId>();
  /** Starts whose commit is unknown: they may be in the database under our name without a run. */
  const unsettled = new Map<ExecutionId, OwnedExecution>();
  const stopping = new AbortController();
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
    const run = createRun(start, deps);
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

  async function take(lease: Lease): Promise<void> {
    const { executionId, tenant, token, previousOwnerDied } = lease;
    const of: OwnedExecution = { executionId, tenant, token, previousOwnerDied };
    const state = await deps.readState(of);
    if (!stopping.signal.aborted && !runs.has(executionId)) carry({ of, state });
  }

  const report = (error: unknown): void => deps.reportFault(error);

  async function onRing(executionId: ExecutionId): Promise<void> {
    const run = runs.get(executionId);
    if (run) return run.look();
    if (heartbeat.id === undefined || claiming.has(executionId) || !hasRoom()) return;
    claiming.add(executionId);
    try {
      const lease = await leases.claim(heartbeat.id, executionId);
      if (!lease) return;
      deps.onClaimed?.({ executions: 1, by: 'ring' });
      await take(lease);
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
    if (claimed.length > 0) deps.onClaimed?.({ executions: claimed.length, by: 'sweep' });
    const takes = await Promise.allSettled(claimed.map(take));
    for (const result of takes) if (result.status === 'rejected') report(result.reason);
  }

  async function adoptUnsettled(): Promise<void> {
    for (const [executionId, of] of unsettled) {
      const state = await deps.readState(of).catch(() => undefined);
      unsettled.delete(executionId);
      if (state && !runs.has(executionId)) carry({ of, state });
    }
  }

  async function keepSweeping(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sweep().catch(report);
      const jitter = 0.75 + deps.random() / 2;
      await clock.delay(deps.sweepMs * jitter, stopping.signal).catch(() => undefined);
    }
  }

  async function drain(): Promise<void> {
    const left = [...runs.values()];
    for (const run of left) run.drain();
    const quiet = Promise.all(left.map(({ ended }) => ended));
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
        const run = carry({
          of,
          state: createState(plan, requested),
          async firstCommit(events, projection) {
            const request = { id, tenant, ...rest, events: [requested, ...events], projection, owner };
            const answer = await deps.executions.start(request).catch((error: unknown) => {
              unsettled.set(id, of);
              reject(error instanceof Error ? error : new Error(String(error)));
              return undefined;
            });
            if (answer) resolve(answer);
            return answer?.type === 'created' ? 'wrote' : 'stale';
          },
        });
        // Without effect once the answer is there.
        void run.ended.finally(() => reject(new Error('The execution could not be started.')));
      });
    },
  };
}
