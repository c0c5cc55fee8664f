import type { Config } from '../config.ts';
import { createEgress } from '../egress/egress.ts';
import type { ToolDefinition } from '../registry/tool.ts';
import { findLaunching } from '../sandbox/find-launching.ts';
import { measureLiveWorkers } from '../sandbox/live-workers.ts';
import { createProcessSandbox } from '../sandbox/process-sandbox.ts';
import type { ProcessSandbox } from '../sandbox/process-sandbox.ts';
import type { Grant } from '../sandbox/grant.ts';
import { decideSandbox } from '../sandbox/policy.ts';
import type { InstallationPaths } from './installation.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { observeSandbox, sampleSandbox } from '../telemetry/observe-sandbox.ts';

export interface OpenSandbox {
  readonly sandbox: ProcessSandbox;
  /** One line for the operator: which layer, and why. */
  readonly notice: string;
  /** What the operator's configuration lets a tool reach, of what the tool asks for. */
  grantsOf(tool: ToolDefinition): readonly Grant[];
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
  const choice = decideSandbox({
    setting: config.sandbox,
    // An orchestrator does not listen, but runs what a gateway of the same configuration lets in.
    listenerHosts: [config.host],
    nodeEnv: config.nodeEnv,
  });
  if (!choice.ok) throw new Error(choice.error);
  const { launching, note } = await findLaunching({
    setting: choice.value,
    launchers: paths.launchers,
    workerBundle: paths.worker,
  });
  const sandbox = createProcessSandbox({
    launching,
    egress: createEgress({ allowPrivate: config.egressPrivateHosts, refused }),
    maxWorkers: config.maxWorkers,
    warmWorkers: config.warmWorkers,
    onRun: observeSandbox(metrics),
  });
  sampleSandbox(metrics, () => measureLiveWorkers(sandbox.workers));
  const folders: readonly Grant[] = config.folders.map((folder) => ({ kind: 'folder', ...folder }));
  const hosts: readonly Grant[] = [...config.egressHosts, ...config.egressPrivateHosts].map((host) => ({
    kind: 'host',
    ...host,
  }));
  return {
    sandbox,
    notice: note,
    grantsOf: ({ grants }) => [...(grants?.folders === true ? folders : []), ...(grants?.hosts === true ? hosts : [])],
  };
}
