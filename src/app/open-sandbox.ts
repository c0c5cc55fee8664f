import type { Config } from '../config.ts';
import { createEgress } from '../egress/egress.ts';
import { measureLiveWorkers } from '../sandbox/live-workers.ts';
import { createHostCalls } from '../sandbox/host-calls/host-calls.ts';
import { createProcessSandbox } from '../sandbox/process-sandbox.ts';
import type { ProcessSandbox } from '../sandbox/process-sandbox.ts';
import type { InstallationPaths } from './installation.ts';
import { openLaunching, sandboxSettings } from './open-launching.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { observeSandbox, sampleSandbox } from '../telemetry/observe-sandbox.ts';

export interface OpenSandbox {
  readonly sandbox: ProcessSandbox;
  /** One line for the operator: which layer, and why. */
  readonly notice: string;
}

interface OpenSandboxDeps {
  readonly config: Config;
  readonly paths: InstallationPaths;
  readonly metrics: Metrics;
  /** The product's own listeners and database: no tool reaches them. */
  readonly refused: () => readonly { readonly host: string; readonly port: number }[];
}

/** The sandbox that the configuration asks for; throws where it may not run. */
export async function openSandbox({ config, paths, metrics, refused }: OpenSandboxDeps): Promise<OpenSandbox> {
  const { launching, note } = await openLaunching(config, paths);
  const { totalMemoryBytes, reusableTools, reuse } = sandboxSettings(config);
  const sandbox = createProcessSandbox({
    launching,
    hostCalls: createHostCalls({ egress: createEgress({ allowPrivate: config.egressPrivateHosts, refused }) }),
    maxWorkers: config.maxWorkers,
    warmWorkers: config.warmWorkers,
    totalMemoryBytes,
    reusableTools,
    reuse,
    onRun: observeSandbox(metrics),
  });
  sampleSandbox(metrics, () => measureLiveWorkers(sandbox.workers));
  return { sandbox, notice: note };
}
