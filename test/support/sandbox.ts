import path from 'node:path';
import type { Json } from '../../src/core/json.ts';
import { MIB } from '../../src/core/units.ts';
import { createEgress } from '../../src/egress/egress.ts';
import {
  createDevelopmentLaunching,
  type DevelopmentLaunchingSettings,
} from '../../src/sandbox/development-launching.ts';
import {
  createProcessSandbox,
  type ProcessSandbox,
  type ProcessSandboxSettings,
} from '../../src/sandbox/process-sandbox.ts';
import type { SandboxCall } from '../../src/sandbox/sandbox.ts';

/** The bundle that the test set-up builds. */
export const WORKER_BUNDLE = path.resolve('dist/worker.cjs');

/** Where the test set-up puts the built-in tools. */
export const TOOLS_FOLDER = path.resolve('dist/tools');

/** A sandbox with real worker processes, and without a way out unless one is given. */
export const openSandbox = ({
  workerBundle = WORKER_BUNDLE,
  scratchFolder,
  ...settings
}: Partial<ProcessSandboxSettings & DevelopmentLaunchingSettings> = {}): ProcessSandbox =>
  createProcessSandbox({
    launching: createDevelopmentLaunching({ workerBundle, scratchFolder, platform: settings.platform }),
    egress: createEgress(),
    warmWorkers: 0,
    ...settings,
  });

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
    limits: { timeoutMs, memoryBytes: 64 * MIB, outputBytes: 16 * MIB },
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
    program: { type: 'tool', name, version: '1.0.0', folder, entry: 'main.js' },
    input,
    ...overrides,
  };
}
