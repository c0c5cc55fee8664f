import path from 'node:path';
import type { Finding } from '../cli/cli-deps.ts';
import type { Config } from '../config.ts';
import { MIB } from '../core/units.ts';
import { createEgress } from '../egress/egress.ts';
import { createHostCalls } from '../sandbox/host-calls/host-calls.ts';
import { findLaunching, type FoundLaunching } from '../sandbox/find-launching.ts';
import { explainFinding, type LayerFinding, type LayerName } from '../sandbox/layer-finding.ts';
import { leastLayerFault } from '../sandbox/policy.ts';
import { baselineOf } from '../sandbox/probe.ts';
import { createProcessSandbox } from '../sandbox/process-sandbox.ts';
import { attackSelf } from '../sandbox/self-attack.ts';
import type { InstallationPaths } from './installation.ts';
import { interpreterFaults } from './interpreter-faults.ts';
import { sandboxSettings } from './open-launching.ts';

/** Looks at all that confines tools and code on this machine, and attacks it. */
export async function examineSandbox(config: Config, paths: InstallationPaths): Promise<readonly Finding[]> {
  const found = await findLaunching({
    // What the machine has is of interest whatever is asked for.
    setting: 'best-available',
    launchers: paths.launchers,
    workerBundle: paths.worker,
    sandbox: sandboxSettings(config),
  });
  try {
    return [
      kernel(found),
      landlock(found),
      namespaces(found),
      seccomp(found),
      groups(found, config),
      launcher(found),
      await baseline(found),
      ...executors(found),
      ...(await interpreterFaults(config, paths)).map((message) => ({ name: 'Interpreters', ok: false, message })),
      asConfigured(found, config),
      ...(await attacks(found, paths)),
    ];
  } finally {
    await found.launching.close();
  }
}

const findingOf = ({ findings }: FoundLaunching, name: LayerName): LayerFinding =>
  findings.find((finding) => finding.name === name) ?? { name, available: false, why: 'it was not looked for' };

function kernel({ machine: { platform, kernel: version, cpu, isGvisor } }: FoundLaunching): Finding {
  const name = 'Kernel';
  if (platform !== 'linux')
    return { name, ok: false, optional: true, message: `${platform} ${version}: no confinement` };
  const system = isGvisor ? `gVisor (as Linux ${version})` : `Linux ${version}`;
  if (cpu !== 'arm64') return { name, ok: true, message: `${system}, ${cpu}` };
  const message = `${system}, aarch64: not verified, as the suite of attacks has not run on this architecture`;
  return { name, ok: false, optional: true, message };
}

function landlock(found: FoundLaunching): Finding {
  const name = 'Landlock';
  if (found.kernel !== undefined) return { name, ok: true, message: `ABI ${found.kernel.landlockAbi}` };
  return { name, ok: false, optional: true, message: explainFinding(findingOf(found, 'base')) };
}

function namespaces(found: FoundLaunching): Finding {
  const name = 'Namespaces';
  const full = findingOf(found, 'full');
  if (!full.available) return { name, ok: false, optional: true, message: explainFinding(full) };
  const message = `a worker was launched in its own user, pid, net, ipc, uts and mount namespaces, with a private root`;
  return { name, ok: true, message: [message, explainFinding(full)].filter((line) => line !== '').join('\n') };
}

function seccomp({ layer }: FoundLaunching): Finding {
  const name = 'Seccomp';
  if (layer === 'development')
    return { name, ok: false, optional: true, message: 'no worker with a filter could be launched' };
  return { name, ok: true, message: 'a worker was launched behind the filter, and the kernel says so' };
}

function groups(found: FoundLaunching, { sandbox, leastLayer }: Config): Finding {
  const name = 'Control groups';
  const finding = findingOf(found, 'cgroup');
  const version = found.groups?.version;
  if (version !== undefined) return { name, ok: true, message: `${version}, writable: one was made and removed` };
  const isNeeded = sandbox === 'confined' && leastLayer === 'cgroup';
  return { name, ok: false, optional: !isNeeded, message: explainFinding(finding) };
}

function launcher({ launcher: found, machine: { platform } }: FoundLaunching): Finding {
  const name = 'Launcher';
  if (typeof found === 'string') return { name, ok: false, optional: platform !== 'linux', message: found };
  const whose = found.isCustom ? 'as ICEOS_LAUNCHER_SHA256 asks' : 'as this release has it';
  return { name, ok: true, message: `${found.file}, SHA-256 ${found.sha256}, ${whose}` };
}

async function baseline({ launching, layer }: FoundLaunching): Promise<Finding> {
  const name = 'Baseline';
  if (layer === 'development')
    return { name, ok: false, optional: true, message: 'measured in a confined worker only' };
  try {
    const { dataBytes, residentBytes } = await baselineOf(launching);
    const [data, resident] = [dataBytes, residentBytes].map((bytes) => Math.round(bytes / MIB));
    const message = `Node ${process.version} takes ${data} MiB of data and ${resident} MiB of RAM before any code`;
    return { name, ok: true, message };
  } catch (error) {
    return { name, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

/** Which layer each kind of foreign code gets here. */
function executors(found: FoundLaunching): readonly Finding[] {
  const { layer, groups: bound } = found;
  const ok = layer !== 'development';
  const message = `${layer}${ok && bound !== undefined ? ` with control groups (${bound.version})` : ''}`;
  const shell = findingOf(found, 'shell');
  return [
    { name: 'Code nodes', ok, optional: true, message },
    { name: 'Tools', ok, optional: true, message },
    shell.available
      ? {
          name: 'Other languages',
          ok: true,
          message: [message, explainFinding(shell)].filter((line) => line !== '').join('; '),
        }
      : { name: 'Other languages', ok: false, optional: true, message: `refused: ${explainFinding(shell)}` },
  ];
}

/** What `serve` would do with these settings. */
function asConfigured(found: FoundLaunching, { sandbox: setting, leastLayer }: Config): Finding {
  const name = 'Sandbox';
  const fault = leastLayerFault({ setting, leastLayer }, found.findings);
  if (fault !== undefined) return { name, ok: false, message: fault };
  if (setting !== 'development') return { name, ok: true, message: `ICEOS_SANDBOX=${setting}: ${found.note}` };
  return {
    name,
    ok: true,
    message: 'ICEOS_SANDBOX=development: nothing confines tools and code, whatever the machine has',
  };
}

async function attacks({ launching, layer }: FoundLaunching, { root }: InstallationPaths): Promise<readonly Finding[]> {
  const sandbox = createProcessSandbox({
    launching,
    hostCalls: createHostCalls({ egress: createEgress() }),
    warmWorkers: 0,
  });
  const hostFile = path.join(root, 'package.json');
  const results = await attackSelf(sandbox, { hostFile, signal: new AbortController().signal });
  // Where nothing confines, nobody has promised that they are stopped.
  const optional = layer === 'development';
  return results.map(({ name, stopped, message }) => ({ name: `Attack: ${name}`, ok: stopped, optional, message }));
}
