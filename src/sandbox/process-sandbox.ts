import { availableParallelism, totalmem } from 'node:os';
import { createSlots } from '../core/slots.ts';
import { MINUTE_MS, SECOND_MS } from '../core/units.ts';
import type { WorkerUsage } from '../protocol/messages.ts';
import { DEFAULT_LIMITS } from '../usage/limits.ts';
import type { SandboxReceipt } from '../usage/receipt.ts';
import { createBroker, type HostCallHandlers } from './broker.ts';
import { READY_TIMEOUT_MS, type Launching, type Removal } from './launch.ts';
import { meter, type MeasuredUsage } from './meter.ts';
import { canceled, sandboxFailed, withRemoval } from './outcome.ts';
import { createWorkerPool, type Lease, type WorkerSource } from './pool.ts';
import { receiptOf, type CallFacts } from './receipt-of.ts';
import { runCall, type CallEnd } from './run-call.ts';
import type { Sandbox, SandboxCall, SandboxOutcome, SandboxReport } from './sandbox.ts';
import { classOf } from './worker-class.ts';
import { createWorker, type ReadyWorker, type WorkerProcess } from './worker-process.ts';

/** One call, as metrics see it. */
export interface SandboxRun {
  readonly kind: 'code' | 'tool';
  readonly receipt: SandboxReceipt;
  /** From the call to a worker that is ready for it. */
  readonly waitMs: number;
  /** Where its worker came from; absent: it never had one. */
  readonly source: WorkerSource | undefined;
}

export interface ProcessSandboxSettings {
  /** How workers are started, and so what confines them. */
  readonly launching: Launching;
  /** What workers may ask of the broker. */
  readonly hostCalls: HostCallHandlers;
  /** Calls at once; further ones wait. Default: twice the processors. */
  readonly maxWorkers?: number;
  /** Idle fresh workers that are kept ready. Default 2. */
  readonly warmWorkers?: number;
  /** What all workers together may have, idle ones too. Default: half of the machine's RAM. */
  readonly totalMemoryBytes?: number;
  /** Names of tools whose workers serve more than one call. */
  readonly reusableTools?: readonly string[];
  /** How many calls such a worker serves, and how long. Default 1,000 and five minutes. */
  readonly reuse?: { readonly calls: number; readonly ms: number };
  readonly platform?: string;
  readonly onRun?: (run: SandboxRun) => void;
}

export interface ProcessSandbox extends Sandbox {
  /** Starts the idle workers, so that the first call is fast too. */
  warm(): Promise<void>;
  /** Processes that serve a call now, and those that wait for one. */
  readonly workers: { readonly live: readonly number[]; readonly idle: number };
}

/** How much later than this process a supervisor ends a call that takes too long. */
const WALL_GRACE_MS = SECOND_MS;
const DEFAULT_REUSE = { calls: 1_000, ms: 5 * MINUTE_MS };

/** Runs each call in a worker process: a fresh one, or for tools that the operator marked one that served the same before. */
export function createProcessSandbox(settings: ProcessSandboxSettings): ProcessSandbox {
  const { launching } = settings;
  const { layer } = launching;
  // Where there is a supervisor, it measures, and better.
  const looksAtProc = layer === 'development' && (settings.platform ?? process.platform) === 'linux';
  const maxWorkers = settings.maxWorkers ?? 2 * availableParallelism();
  const reusable: ReadonlySet<string> = new Set(settings.reusableTools);
  const slots = createSlots(maxWorkers);
  const running = new Map<Promise<SandboxReport>, AbortController>();
  const live = new Set<number>();
  const pool = createWorkerPool({
    warm: settings.warmWorkers ?? 2,
    kept: maxWorkers,
    reuse: settings.reuse ?? DEFAULT_REUSE,
    totalBytes: settings.totalMemoryBytes ?? totalmem() / 2,
    bytesOf: (wanted) => launching.bytesOf(wanted),
    start: async (wanted) => createWorker(await launching.launch(wanted)),
  });
  let closed: Promise<void> | undefined;

  async function runIn(call: SandboxCall, signal: AbortSignal): Promise<SandboxReport> {
    const askedAt = performance.now();
    let source: WorkerSource | undefined;
    let release: (() => void) | undefined;
    let done: Done;
    try {
      release = await slots.acquire(signal);
      const wanted = classOf(call, { layer, reusable });
      const lease = await pool.take(wanted, signal);
      source = lease.source;
      done = await carryOut(lease, call, signal);
      pool.refill(wanted);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      done = { outcome: signal.aborted ? canceled() : sandboxFailed(`No worker could be started: ${why}`), facts: {} };
    } finally {
      release?.();
    }
    const receipt = receiptOf(call, { layer, outcome: done.outcome.kind, ...done.facts });
    const waitMs = (done.readyAt ?? performance.now()) - askedAt;
    settings.onRun?.({ kind: call.program.type, receipt, waitMs, source });
    return { outcome: done.outcome, receipt };
  }

  async function carryOut(lease: Lease, call: SandboxCall, signal: AbortSignal): Promise<Done> {
    const { worker } = lease;
    live.add(worker.pid);
    try {
      const ready = await untilReady(worker, signal);
      const readyAt = performance.now();
      if (ready?.fault === undefined && ready !== undefined)
        return { ...(await serve(lease, ready.used, { call, signal })), readyAt };
      await lease.end();
      if (ready === undefined && signal.aborted) return { outcome: canceled(), facts: {} };
      const why =
        ready === undefined ? 'The worker did not start.' : `The worker is not confined as planned: ${ready.fault}.`;
      return { outcome: sandboxFailed(why), facts: { confinement: worker.confinement } };
    } finally {
      live.delete(worker.pid);
    }
  }

  async function serve(
    lease: Lease,
    atReady: WorkerUsage,
    { call, signal }: { readonly call: SandboxCall; readonly signal: AbortSignal },
  ): Promise<Done> {
    const { worker } = lease;
    const before = worker.traffic;
    const broker = createBroker({ handlers: settings.hostCalls, grants: call.grants });
    const { timeoutMs, cpuMs } = call.limits;
    // Our own timer comes first, unless this process is held up.
    worker.beginCall({ timeoutMs: timeoutMs + WALL_GRACE_MS, cpuMs });
    const metering = meter(worker.pid, atReady, { looks: looksAtProc });
    const ended = await runCall({ worker, call, broker }, signal);
    await metering.stop(ended.usage);
    const over = await finish(lease, ended, metering);
    return {
      outcome:
        over.removal === undefined
          ? ended.outcome
          : withRemoval(ended.outcome, over.removal, { limits: call.limits, cpuMs: over.measured.cpuMs }),
      facts: {
        confinement: worker.confinement,
        measured: over.measured,
        reused: lease.source === 'reused',
        bytesIn: worker.traffic.bytesIn - before.bytesIn,
        bytesOut: worker.traffic.bytesOut - before.bytesOut,
        deniedCall: ended.deniedCall,
        ...broker.counts(),
      },
    };
  }

  return {
    layer,
    get workers() {
      return { live: [...live], idle: pool.idle };
    },
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
      pool.refill({ profile: 'js', memoryBytes: DEFAULT_LIMITS.memoryBytes, folders: [], reused: false });
    },
    close() {
      closed ??= (async () => {
        for (const abort of running.values()) abort.abort(new Error('the sandbox is closed'));
        await Promise.all(running.keys());
        await pool.close();
        await launching.close();
      })();
      return closed;
    },
  };
}

interface Done {
  readonly outcome: SandboxOutcome;
  readonly facts: CallFacts;
  readonly readyAt?: number;
}

interface Finished {
  readonly measured: MeasuredUsage;
  /** Absent where the worker lives on. */
  readonly removal?: Removal | undefined;
}

/** Keeps a worker that answered and may serve again; ends every other one. */
async function finish(lease: Lease, ended: CallEnd, metering: ReturnType<typeof meter>): Promise<Finished> {
  if (lease.reusable && ended.outcome.kind === 'succeeded') {
    const used = await lease.worker.rest();
    if (used !== undefined) {
      lease.keep();
      return { measured: metering.delta(used) };
    }
  }
  const removal = await lease.end();
  return { measured: metering.result(removal.used), removal };
}

/** Undefined when the worker ended, took too long, or nobody waits any more. */
function untilReady(worker: WorkerProcess, signal: AbortSignal): Promise<ReadyWorker | undefined> {
  return new Promise((resolve) => {
    const giveUp = (): void => done(undefined);
    const done = (ready: ReadyWorker | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      resolve(ready);
    };
    const timer = setTimeout(giveUp, READY_TIMEOUT_MS);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    void worker.ready.then(done);
  });
}
