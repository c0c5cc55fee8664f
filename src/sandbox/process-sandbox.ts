import { availableParallelism } from 'node:os';
import { MIB, SECOND_MS } from '../core/units.ts';
import type { WorkerUsage } from '../protocol/messages.ts';
import { DEFAULT_LIMITS } from '../usage/limits.ts';
import type { SandboxReceipt, UsageSource } from '../usage/receipt.ts';
import { createBroker, type HostCallHandlers } from './broker.ts';
import { describeGrant } from './grant.ts';
import { READY_TIMEOUT_MS, type Launching, type WorkerClass } from './launch.ts';
import { meter, NOT_MEASURED, type MeasuredUsage, type Meter } from './meter.ts';
import { canceled, sandboxFailed } from './outcome.ts';
import { createWorkerPool } from './pool.ts';
import { runCall } from './run-call.ts';
import type { Sandbox, SandboxCall, SandboxLayer, SandboxOutcome, SandboxReport } from './sandbox.ts';
import { createSlots } from './slots.ts';
import { createWorker, type ReadyWorker, type WorkerProcess } from './worker-process.ts';

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

export interface ProcessSandboxSettings {
  /** How workers are started, and so what confines them. */
  readonly launching: Launching;
  /** What workers may ask of the broker. */
  readonly hostCalls: HostCallHandlers;
  /** Workers at once; further calls wait. Default: twice the processors. */
  readonly maxWorkers?: number;
  /** Idle workers that are kept ready. Default 2. */
  readonly warmWorkers?: number;
  readonly platform?: string;
  readonly onRun?: (run: SandboxRun) => void;
}

export interface ProcessSandbox extends Sandbox {
  /** Starts the idle workers, so that the first call is fast too. */
  warm(): Promise<void>;
}

/** How much later than this process a supervisor ends a call that takes too long. */
const WALL_GRACE_MS = SECOND_MS;

/** Runs each call in a fresh process with a timeout, an output bound and an empty environment. */
export function createProcessSandbox(settings: ProcessSandboxSettings): ProcessSandbox {
  const { launching } = settings;
  // Where there is a supervisor, it measures, and better.
  const looksAtProc = launching.layer === 'development' && (settings.platform ?? process.platform) === 'linux';
  const slots = createSlots(settings.maxWorkers ?? 2 * availableParallelism());
  const running = new Map<Promise<SandboxReport>, AbortController>();
  const pool = createWorkerPool(settings.warmWorkers ?? 2, async (wanted) =>
    createWorker(await launching.launch(wanted)),
  );
  let closed: Promise<void> | undefined;

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
      const wanted = classOf(call, launching.layer);
      const taken = await pool.take(wanted);
      warm = taken.warm;
      ({ outcome, measured } = await carryOut(taken.worker, call, signal));
      pool.refill(wanted);
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
    return { outcome, receipt: receiptOf(call, { layer: launching.layer, outcome: outcome.kind, measured }) };
  }

  async function carryOut(
    worker: WorkerProcess,
    call: SandboxCall,
    signal: AbortSignal,
  ): Promise<{ outcome: SandboxOutcome; measured: MeasuredUsage }> {
    let outcome: SandboxOutcome = sandboxFailed('The worker did not start.');
    let measured: MeasuredUsage = NOT_MEASURED;
    let metering: Meter | undefined;
    let reported: WorkerUsage | undefined;
    try {
      const ready = await untilReady(worker, signal);
      if (ready === undefined && signal.aborted) outcome = canceled();
      if (ready?.fault !== undefined) outcome = sandboxFailed(`The worker is not confined as planned: ${ready.fault}.`);
      else if (ready !== undefined) {
        // Our own timer comes first, unless this process is held up.
        worker.endAfter(call.limits.timeoutMs + WALL_GRACE_MS);
        metering = meter(worker.pid, ready.used, { looks: looksAtProc });
        const ended = await runCall(
          { worker, call, broker: createBroker({ handlers: settings.hostCalls, grants: call.grants }) },
          signal,
        );
        ({ outcome, usage: reported } = ended);
        await metering.stop(reported);
      }
    } finally {
      const removal = await worker.end();
      if (!removal.gone) outcome = sandboxFailed('Processes that the code started could not be ended.');
      if (metering !== undefined) measured = metering.result(removal.used);
    }
    return { outcome, measured };
  }

  return {
    layer: launching.layer,
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
      pool.refill({ heapMib: DEFAULT_LIMITS.memoryBytes / MIB, folders: [] });
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

/** What its worker has to see, and how large a heap it has. */
function classOf({ program, limits, grants }: SandboxCall, layer: SandboxLayer): WorkerClass {
  const heapMib = Math.max(1, Math.floor(limits.memoryBytes / MIB));
  // Everything is seen there: any idle worker will do.
  if (layer === 'development') return { heapMib, folders: [] };
  const granted = grants.flatMap((grant) => (grant.kind === 'folder' ? [grant.path] : []));
  const own = program.type === 'tool' ? [program.folder] : [];
  return { heapMib, folders: [...own, ...granted] };
}

function receiptOf(
  { limits, grants }: SandboxCall,
  { layer, outcome, measured }: Pick<SandboxReceipt, 'layer' | 'outcome'> & { readonly measured: MeasuredUsage },
): SandboxReceipt {
  return {
    profile: 'js',
    layer,
    limits: { ...limits, processes: 0, scratchBytes: 0 },
    ...measured,
    reused: false,
    bytesIn: 0,
    bytesOut: 0,
    hostCalls: 0,
    hostBytesSent: 0,
    hostBytesReceived: 0,
    outcome,
    grants: grants.map(describeGrant),
  };
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
