import path from 'node:path';
import type { Json } from '../../src/core/json.ts';
import { GIB, MIB, MINUTE_MS } from '../../src/core/units.ts';
import { createEgress, type Egress } from '../../src/egress/egress.ts';
import {
  createDevelopmentLaunching,
  type DevelopmentLaunchingSettings,
} from '../../src/sandbox/development-launching.ts';
import { createHostCalls } from '../../src/sandbox/host-calls/host-calls.ts';
import {
  createProcessSandbox,
  type ProcessSandbox,
  type ProcessSandboxSettings,
} from '../../src/sandbox/process-sandbox.ts';
import type { SandboxCall } from '../../src/sandbox/sandbox.ts';
import type { SandboxSettings } from '../../src/sandbox/sandbox-settings.ts';
import { DEFAULT_LIMITS } from '../../src/usage/limits.ts';
import type { SandboxReceipt } from '../../src/usage/receipt.ts';

/** The bundle that the test set-up builds. */
export const WORKER_BUNDLE = path.resolve('dist/worker.cjs');

/** Where the test set-up puts the built-in tools. */
export const TOOLS_FOLDER = path.resolve('dist/tools');

/** A sandbox with real worker processes, and without a way out unless one is given. */
export const openSandbox = ({
  workerBundle = WORKER_BUNDLE,
  scratchFolder,
  egress = createEgress(),
  ...settings
}: Partial<ProcessSandboxSettings & DevelopmentLaunchingSettings & { readonly egress: Egress }> = {}): ProcessSandbox =>
  createProcessSandbox({
    launching: createDevelopmentLaunching({ workerBundle, scratchFolder, platform: settings.platform }),
    hostCalls: createHostCalls({ egress }),
    warmWorkers: 0,
    ...settings,
  });

/** What an operator has not changed. */
export const SANDBOX_SETTINGS: SandboxSettings = {
  totalMemoryBytes: 2 * GIB,
  scratchBytes: 64 * MIB,
  processes: 64,
  reusableTools: [],
  reuse: { calls: 1_000, ms: 5 * MINUTE_MS },
  interpreters: undefined,
  launcher: undefined,
};

/** A signal that never fires. */
export const never = (): AbortSignal => new AbortController().signal;

/** A call of code; what a test does not care about has a default. */
export function codeCall(
  source: string,
  overrides: Partial<SandboxCall> & { readonly timeoutMs?: number } = {},
): SandboxCall {
  const { timeoutMs = 20_000, ...rest } = overrides;
  return {
    program: { type: 'code', source },
    input: null,
    limits: { timeoutMs, cpuMs: 2 * timeoutMs, memoryBytes: 64 * MIB, outputBytes: 16 * MIB },
    idempotencyKey: 'key',
    grants: [],
    ...rest,
  };
}

/** A call of a built-in tool. */
export function toolCall(name: string, input: Json, overrides: Partial<SandboxCall> = {}): SandboxCall {
  const folder = path.join(TOOLS_FOLDER, name);
  return {
    ...codeCall(''),
    program: { type: 'tool', name, version: '1.0.0', folder, entry: 'main.js', tenant: 'tenant' },
    input,
    ...overrides,
  };
}

/** The receipt of a call that answered; what a test does not care about has a default. */
export const someReceipt = (overrides: Partial<SandboxReceipt> = {}): SandboxReceipt => ({
  profile: 'js',
  layer: 'full',
  limits: { ...DEFAULT_LIMITS, processes: 64, scratchBytes: 64 * MIB },
  cpuMs: 1,
  wallMs: 1,
  peakMemoryBytes: 1,
  source: 'supervisor',
  reused: false,
  bytesIn: 1,
  bytesOut: 1,
  hostCalls: 0,
  hostBytesSent: 0,
  hostBytesReceived: 0,
  outcome: 'succeeded',
  grants: [],
  ...overrides,
});
