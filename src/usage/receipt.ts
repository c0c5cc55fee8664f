import { z } from 'zod';

/** How a call in the sandbox can end; the glossary has one sentence on each. */
export const SANDBOX_OUTCOMES = [
  'succeeded',
  'threw',
  'exited',
  'signaled',
  'timedOut',
  'cpuExceeded',
  'memoryExceeded',
  'outputExceeded',
  'processesExceeded',
  'diskExceeded',
  'policyViolated',
  'brokeProtocol',
  'canceled',
  'sandboxFailed',
] as const;
export type SandboxOutcomeKind = (typeof SANDBOX_OUTCOMES)[number];

/** Who measured the use. `supervisor`: the worker's parent process, at its end; `delta`: it too, around one call of many. */
export const USAGE_SOURCES = ['supervisor', 'delta', 'worker', 'proc', 'none'] as const;
export type UsageSource = (typeof USAGE_SOURCES)[number];

const Count = z.int().min(0);

/** What one call in the sandbox was allowed, and what it used: measured by somebody to whom it cannot lie. */
export const SandboxReceipt = z.strictObject({
  profile: z.enum(['js', 'shell']),
  layer: z.enum(['development', 'base', 'full']),
  /** Which control groups bounded the whole tree; absent: none did. */
  cgroup: z.enum(['v1', 'v2']).optional(),
  /** Only where it has a private root. False: the machine masks its `/proc`, so an empty one stands there. */
  hasProc: z.boolean().optional(),
  limits: z.strictObject({
    timeoutMs: Count,
    cpuMs: Count,
    memoryBytes: Count,
    outputBytes: Count,
    /** Processes and threads of the tree at once; 0: not bounded in this layer. */
    processes: Count,
    /** Of the scratch folder; 0: nothing is writable. */
    scratchBytes: Count,
  }),
  cpuMs: z.number().min(0),
  wallMs: z.number().min(0),
  peakMemoryBytes: z.number().min(0),
  source: z.enum(USAGE_SOURCES),
  /** True when the worker had served other calls before. */
  reused: z.boolean(),
  /** What went into the worker and came out of it, over the channel and as text on its standard output and error. */
  bytesIn: Count,
  bytesOut: Count,
  /** Requests to the broker, and what they sent and received outside. */
  hostCalls: Count,
  hostBytesSent: Count,
  hostBytesReceived: Count,
  outcome: z.enum(SANDBOX_OUTCOMES),
  /** The system call for which the kernel stopped it. */
  deniedCall: z.string().max(64).optional(),
  /** Effective grants: `host api.example.com:443`, `folder lockfiles`, `secret token`. */
  grants: z.array(z.string()),
});
export type SandboxReceipt = z.infer<typeof SandboxReceipt>;
