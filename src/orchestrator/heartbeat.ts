import type { OrchestratorId } from '../core/ids.ts';
import type { LeaseStore } from '../store/lease-store.ts';
import { DatabaseUnavailableError } from '../store/unavailable.ts';
import type { JournalClock } from './journal-clock.ts';

export interface HeartbeatDeps {
  readonly leases: Pick<LeaseStore, 'register' | 'heartbeat' | 'unregister'>;
  readonly clock: JournalClock;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  /** All work is aborted this long before the row expires. */
  readonly killGraceMs: number;
  readonly newId: () => OrchestratorId;
  /** The row may have expired, or its lock is gone: whatever runs under it must stop before somebody else claims it. */
  readonly onLost: (id: OrchestratorId) => Promise<void>;
  readonly onOthersAlive: (othersAlive: boolean) => void;
  readonly reportFault: (error: unknown) => void;
}

export interface Heartbeat {
  /** The present incarnation; undefined while there is none. */
  readonly id: OrchestratorId | undefined;
  start(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Keeps this process's row alive. The holder counts from before it asked, by a clock that never goes back; the database
 * alone judges expiry. A lost row, or a lost connection with its lock, ends the incarnation: everything is aborted, and a
 * new one begins.
 */
export function createHeartbeat(deps: HeartbeatDeps): Heartbeat {
  const { clock, leases } = deps;
  let id: OrchestratorId | undefined;
  // Kept until it is registered, so that failed tries leave nothing behind.
  let next: OrchestratorId | undefined;
  let safeUntilMs = 0;
  let beating: Promise<void> | undefined;
  let waking = new AbortController();
  const stopping = new AbortController();
  // A call, as the signal may fire while something is awaited.
  const isClosing = (): boolean => stopping.signal.aborted;

  async function register(): Promise<void> {
    const fresh = (next ??= deps.newId());
    const askedAtMs = clock.monotonicMs();
    await leases.register(fresh, deps.leaseMs, () => {
      if (id === fresh && !isClosing()) lose().catch(deps.reportFault);
    });
    const answer = await leases.heartbeat(fresh, deps.leaseMs);
    if (!answer.alive) throw new DatabaseUnavailableError('The connection was lost while an orchestrator registered.');
    clock.correct(answer.databaseNow, askedAtMs);
    deps.onOthersAlive(answer.othersAlive);
    safeUntilMs = askedAtMs + deps.leaseMs - deps.killGraceMs;
    id = fresh;
    next = undefined;
  }

  async function lose(): Promise<void> {
    const lost = id;
    id = undefined;
    if (lost === undefined) return;
    waking.abort(new Error('a new incarnation is needed'));
    waking = new AbortController();
    await deps.onLost(lost);
    await leases.unregister(lost).catch(deps.reportFault);
  }

  async function beat(): Promise<void> {
    if (id === undefined) return register();
    const askedAtMs = clock.monotonicMs();
    if (askedAtMs >= safeUntilMs) return lose();
    const answer = await leases.heartbeat(id, deps.leaseMs);
    if (!answer.alive) return lose();
    clock.correct(answer.databaseNow, askedAtMs);
    deps.onOthersAlive(answer.othersAlive);
    safeUntilMs = askedAtMs + deps.leaseMs - deps.killGraceMs;
  }

  /** Loses the lease in time even while a heartbeat hangs in a database that does not answer. */
  async function watch(): Promise<void> {
    while (!isClosing()) {
      await clock.delay(Math.max(safeUntilMs - clock.monotonicMs(), 50), stopping.signal).catch(() => undefined);
      if (id !== undefined && clock.monotonicMs() >= safeUntilMs && !isClosing()) await lose();
    }
  }

  async function keepBeating(): Promise<void> {
    while (!isClosing()) {
      await clock
        .delay(
          id === undefined ? deps.heartbeatMs / 4 : deps.heartbeatMs,
          AbortSignal.any([stopping.signal, waking.signal]),
        )
        .catch(() => undefined);
      if (!isClosing()) await beat().catch(deps.reportFault);
    }
  }

  return {
    get id() {
      return id;
    },
    async start() {
      await register();
      beating = Promise.all([keepBeating(), watch()]).then(() => undefined);
    },
    async close() {
      stopping.abort(new Error('closing'));
      await beating;
      const last = id;
      id = undefined;
      if (last !== undefined) await leases.unregister(last);
    },
  };
}
