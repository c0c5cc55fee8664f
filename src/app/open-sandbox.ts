import type { Config } from '../config.ts';
import { createEgress } from '../egress/egress.ts';
import type { ToolDefinition } from '../registry/tool.ts';
import { createProcessSandbox } from '../sandbox/process-sandbox.ts';
import type { ProcessSandbox } from '../sandbox/process-sandbox.ts';
import type { Grant } from '../sandbox/grant.ts';
import type { InstallationPaths } from './installation.ts';
import { openLaunching } from './open-launching.ts';
import type { Metrics } from '../telemetry/metrics.ts';

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
  const { launching, note } = await openLaunching(config, paths);
  const sandbox = createProcessSandbox({
    launching,
    egress: createEgress({ allowPrivate: config.egressPrivateHosts, refused }),
    maxWorkers: config.maxWorkers,
    warmWorkers: config.warmWorkers,
    onRun({ kind, outcome, cpuMs, peakMemoryBytes, waitMs }) {
      metrics.add('sandboxRuns', { kind, outcome });
      metrics.add('sandboxCpu', { kind }, cpuMs / 1_000);
      metrics.observe('sandboxPeakMemory', { kind }, peakMemoryBytes);
      metrics.observe('sandboxWait', {}, waitMs / 1_000);
    },
  });
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
