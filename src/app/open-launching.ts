import type { Config } from '../config.ts';
import { SECOND_MS } from '../core/units.ts';
import { findLaunching, type FoundLaunching } from '../sandbox/find-launching.ts';
import { leastLayerFault, policyFaults } from '../sandbox/policy.ts';
import type { SandboxSettings } from '../sandbox/sandbox-settings.ts';
import type { InstallationPaths } from './installation.ts';
import { interpreterFaults } from './interpreter-faults.ts';

/** The settings, or this machine, do not let foreign code run as it was asked for. */
export class SandboxRefusedError extends Error {
  override readonly name = 'SandboxRefusedError';
}

/** The way of starting workers that settings and machine allow; throws where there is none. */
export async function openLaunching(config: Config, paths: InstallationPaths): Promise<FoundLaunching> {
  const faults = [...settingsFaults(config), ...(await interpreterFaults(config, paths))];
  if (faults.length > 0) throw new SandboxRefusedError(faults.join('\n'));
  const found = await findLaunching({
    setting: config.sandbox,
    launchers: paths.launchers,
    workerBundle: paths.worker,
    sandbox: sandboxSettings(config),
  });
  const refusal = leastLayerFault({ setting: config.sandbox, leastLayer: config.leastLayer }, found.findings);
  if (refusal === undefined) return found;
  await found.launching.close();
  throw new SandboxRefusedError(refusal);
}

/** `serve` has looked already; the demo and tests have not. */
const settingsFaults = (config: Config): readonly string[] =>
  policyFaults({ ...config, setting: config.sandbox, listenerHost: config.host }).map(({ message }) => message);

/** What the operator has set, in the words of the sandbox. */
export function sandboxSettings(config: Config): SandboxSettings {
  const { launcher, launcherSha256, interpreters } = config;
  return {
    totalMemoryBytes: config.sandboxTotalMemoryBytes,
    scratchBytes: config.scratchBytes,
    processes: config.processes,
    reusableTools: config.reusableTools,
    reuse: { calls: config.reuseCalls, ms: config.reuseSeconds * SECOND_MS },
    interpreters:
      interpreters.length === 0 ? undefined : Object.fromEntries(interpreters.map(({ name, path }) => [name, path])),
    launcher:
      launcher === undefined || launcherSha256 === undefined ? undefined : { file: launcher, sha256: launcherSha256 },
  };
}
