import type { Config } from '../config.ts';
import { SECOND_MS } from '../core/units.ts';
import { findInterpreters } from '../sandbox/find-interpreters.ts';
import { findLaunching, type FoundLaunching } from '../sandbox/find-launching.ts';
import { leastLayerFault, policyFaults } from '../sandbox/policy.ts';
import type { SandboxSettings } from '../sandbox/sandbox-settings.ts';
import type { InstallationPaths } from './installation.ts';

/** The settings, or this machine, do not let foreign code run as it was asked for. */
export class SandboxRefusedError extends Error {
  override readonly name = 'SandboxRefusedError';
}

/** The way of starting workers that settings and machine allow; throws where there is none. */
export async function openLaunching(config: Config, paths: InstallationPaths): Promise<FoundLaunching> {
  const fault = settingsFault(config) ?? (await interpreterFault(config));
  if (fault !== undefined) throw new SandboxRefusedError(fault);
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
function settingsFault(config: Config): string | undefined {
  const faults = policyFaults({ ...config, setting: config.sandbox, listenerHost: config.host });
  return faults.length === 0 ? undefined : faults.map(({ message }) => message).join('\n');
}

async function interpreterFault(config: Config): Promise<string | undefined> {
  const { interpreters } = sandboxSettings(config);
  if (interpreters === undefined) return undefined;
  const { missing } = await findInterpreters(interpreters);
  const faults = missing.map(([name, file]) => `ICEOS_SHELL_INTERPRETERS: ${name} is no program at ${file}.`);
  return faults.length === 0 ? undefined : faults.join('\n');
}

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
