import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { MIB, SECOND_MS } from '../core/units.ts';
import type { Egress } from '../egress/egress.ts';
import type { WorkerUsage } from '../protocol/messages.ts';
import { DEFAULT_LIMITS } from '../usage/limits.ts';
import { createBroker } from './broker.ts';
import { canceled, sandboxFailed } from './outcome.ts';
import { createWorkerPool, type WorkerPool } from './pool.ts';
import { startReaper, type Reaper } from './reaper.ts';
import { runCall } from './run-call.ts';
import type { Sandbox, SandboxCall, SandboxOutcome, SandboxReport } from './sandbox.ts';
import { createSlots } from './slots.ts';
import { meter, NOT_MEASURED, type MeasuredUsage, type UsageSource } from './meter.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';

/** One call, as metrics see it. */
export interface SandboxRun {
  readonly kind: 'code' | 'tool';
  readonly outcome: SandboxOutcome['kind'];
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakMemoryBytes: number;
  /** From the call to a free place. */
  readonly waitMs: number;
  /** True when the worker had been started before. */
  readonly warm: boolean;
  readonly source: UsageSource;
}

export interface DevelopmentSandboxSettings {
  /** Absolute path of the worker's bundle. */
  readonly workerBundle: string;
  /** What the broker asks for hosts that a call is granted. */
  readonly egress: Egress;
  /** Workers at once; further calls wait. Default: twice the processors. */
  readonly maxWorkers?: number;
  /** Idle workers that are kept ready. Default 2. */
  readonly warmWorkers?: number;
  /** Where scratch folders are made. Default: the system's folder for temporary files. */
  readonly scratchFolder?: string;
  readonly platform?: string;
  readonly onRun?: (run: SandboxRun) => void;
}

export interface DevelopmentSandbox extends Sandbox {
  /** Starts the idle workers, so that the first call is fast too. */
  warm(): Promise<void>;
}

/** A start that takes longer will not come: too small a heap makes Node hang. */
const READY_TIMEOUT_MS = 30 * SECOND_MS;

interface Ground {
  readonly scratchRoot: string;
  readonly reaper: Reaper;
  readonly pool: WorkerPool;
}

/**
 * Runs each call in a fresh process with a timeout, an output bound and an empty environment. It confines nothing: the
 * code has the rights of the server's user. That is why it runs only where `decideSandbox` allows it.
 */
export function createDevelopmentSandbox(settings: DevelopmentSandboxSettings): DevelopmentSandbox {
  const platform = settings.platform ?? process.platform;
  const slots = createSlots(settings.maxWorkers ?? 2 * availableParallelism());
  const running = new Map<Promise<SandboxReport>, AbortController>();
  let ground: Promise<Ground> | undefined;
  let closed: Promise<void> | undefined;

  async function prepare(): Promise<Ground> {
    const scratchRoot = await mkdtemp(path.join(await realpath(settings.scratchFolder ?? tmpdir()), 'iceos-sandbox-'));
    const reaper = startReaper(scratchRoot, platform);
    const { workerBundle } = settings;
    const pool = createWorkerPool(settings.warmWorkers ?? 2, (heapMib) =>
      startWorker(heapMib, { workerBundle, scratchRoot, platform, reaper }),
    );
    return { scratchRoot, reaper, pool };
  }

  function ready(): Promise<Ground> {
    ground ??= prepare().catch((error: unknown) => {
      ground = undefined; // a full or missing folder for temporary files may be mended
      throw error;
    });
    return ground;
  }

  async function runIn(call: SandboxCall, signal: AbortSignal): Promise<SandboxReport> {
    const askedAt = performance.now();
    let waitMs = 0;
    let warm = false;
    let measured: MeasuredUsage = NOT_MEASURED;
    let release: (() => void) | undefined;
    let outcome: SandboxOutcome;
    try {
      release = await slots.acquire(signal);
      waitMs = performance.now() - askedAt;
      const { pool } = await ready();
      const heapMib = Math.max(1, Math.floor(call.limits.memoryBytes / MIB));
      const taken = await pool.take(heapMib);
      warm = taken.warm;
      ({ outcome, measured } = await carryOut(taken.worker, call, signal));
      pool.refill(heapMib);
    } catch (error) {
      outcome = signal.aborted
        ? canceled()
        : sandboxFailed(`No worker could be started: ${error instanceof Error ? error.message : String(error)}`);
      if (release === undefined) waitMs = performance.now() - askedAt;
    } finally {
      release?.();
    }
    const { source, ...usage } = measured;
    settings.onRun?.({ kind: call.program.type, outcome: outcome.kind, ...usage, waitMs, warm, source });
    return { outcome, usage, layer: 'development' };
  }

  async function carryOut(
    worker: WorkerProcess,
    call: SandboxCall,
    signal: AbortSignal,
  ): Promise<{ outcome: SandboxOutcome; measured: MeasuredUsage }> {
    let outcome: SandboxOutcome;
    let measured: MeasuredUsage = NOT_MEASURED;
    try {
      const baseline = await untilReady(worker, signal);
      if (baseline === undefined) outcome = signal.aborted ? canceled() : sandboxFailed('The worker did not start.');
      else {
        const metering = meter(worker.pid, baseline, platform);
        const ended = await runCall({ worker, call, broker: createBroker(settings.egress, call.grants) }, signal);
        outcome = ended.outcome;
        measured = await metering.stop(ended.usage);
      }
    } finally {
      const gone = await worker.end();
      if (!gone) outcome = sandboxFailed('Processes that the code started could not be ended.');
    }
    return { outcome, measured };
  }

  return {
    layer: 'development',
    run(call, signal) {
      // Linked by hand: AbortSignal.any with a signal that lives as long as the server keeps a trace of every call.
      const abort = new AbortController();
      const onAbort = (): void => abort.abort(signal.reason);
      if (signal.aborted || closed !== undefined) abort.abort(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const report = runIn(call, abort.signal);
      running.set(report, abort);
      void report.finally(() => {
        signal.removeEventListener('abort', onAbort);
        running.delete(report);
      });
      return report;
    },
    async warm() {
      const { pool } = await ready();
      pool.refill(DEFAULT_LIMITS.memoryBytes / MIB);
    },
    close() {
      closed ??= (async () => {
        for (const abort of running.values()) abort.abort(new Error('the sandbox is closed'));
        await Promise.all(running.keys());
        const prepared = await ground;
        await prepared?.pool.close();
        await prepared?.reaper.close();
        if (prepared !== undefined) await rm(prepared.scratchRoot, { recursive: true, force: true });
      })();
      return closed;
    },
  };
}

/** What the worker had used when it was ready; undefined when it ended, took too long, or nobody waits any more. */
function untilReady(worker: WorkerProcess, signal: AbortSignal): Promise<WorkerUsage | undefined> {
  return new Promise((resolve) => {
    const giveUp = (): void => done(undefined);
    const done = (usage: WorkerUsage | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      resolve(usage);
    };
    const timer = setTimeout(giveUp, READY_TIMEOUT_MS);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    void worker.ready.then(done);
  });
}
