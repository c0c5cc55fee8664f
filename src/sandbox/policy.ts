import { explainFinding, type LayerFinding, type LayerName } from './layer-finding.ts';

/** What the operator asks for with `ICEOS_SANDBOX`; `confined` is the default. */
export type SandboxSetting = 'confined' | 'best-available' | 'development';

/** Below which layer nothing runs with `confined`; `cgroup` is the full layer with control groups. */
export type LeastLayer = 'base' | 'full' | 'cgroup';

export interface SandboxPolicyInput {
  readonly setting: SandboxSetting;
  /** Address of the listener, as configured. An orchestrator's is for probes, but it runs what a gateway of its settings lets in. */
  readonly listenerHost: string;
  readonly nodeEnv: string | undefined;
  readonly launcher: string | undefined;
  readonly launcherSha256: string | undefined;
}

export interface PolicyFault {
  readonly setting: string;
  readonly message: string;
}

/** What speaks against a start with these settings, whatever the machine has. The one place of these rules. */
export function policyFaults(input: SandboxPolicyInput): readonly PolicyFault[] {
  return [...placeFaults(input), ...launcherFaults(input)];
}

/** Where less than confinement may be what runs, nobody but the operator may reach it: all roles are bound by this. */
function placeFaults({ setting, listenerHost, nodeEnv }: SandboxPolicyInput): readonly PolicyFault[] {
  if (setting === 'confined') return [];
  const meaning =
    setting === 'development' ? 'confines nothing' : 'takes whatever the machine has, which may confine nothing';
  const fault = (message: string): PolicyFault => ({
    setting: 'ICEOS_SANDBOX',
    message: `ICEOS_SANDBOX: ${setting} ${meaning}. ${message} Or set ICEOS_SANDBOX=confined.`,
  });
  const faults: PolicyFault[] = [];
  if (nodeEnv === 'production') faults.push(fault('It is not for NODE_ENV=production.'));
  if (!isLoopback(listenerHost)) {
    const where = listenerHost === '' ? 'all addresses' : listenerHost;
    faults.push(
      fault(
        `Whoever reaches ${where} would run code with the rights of the server: set ICEOS_HOST=127.0.0.1 or another loopback address.`,
      ),
    );
  }
  return faults;
}

function launcherFaults({ launcher, launcherSha256 }: SandboxPolicyInput): readonly PolicyFault[] {
  if ((launcher === undefined) === (launcherSha256 === undefined)) return [];
  const [setting, other] =
    launcher === undefined ? ['ICEOS_LAUNCHER_SHA256', 'ICEOS_LAUNCHER'] : ['ICEOS_LAUNCHER', 'ICEOS_LAUNCHER_SHA256'];
  return [{ setting, message: `${setting}: is only of use together with ${other}; set both or neither.` }];
}

const NEEDED: Readonly<Record<LeastLayer, readonly LayerName[]>> = {
  base: ['base'],
  full: ['full'],
  cgroup: ['full', 'cgroup'],
};

/** Why foreign code may not run on this machine, with what to do; undefined where it may. */
export function leastLayerFault(
  { setting, leastLayer }: { readonly setting: SandboxSetting; readonly leastLayer: LeastLayer },
  findings: readonly LayerFinding[],
): string | undefined {
  if (setting !== 'confined') return undefined;
  const missing = findings.filter(({ name, available }) => NEEDED[leastLayer].includes(name) && !available);
  if (missing.length === 0) return undefined;
  return [
    `Tools and code would not be confined as ICEOS_SANDBOX=confined with ICEOS_SANDBOX_LEAST_LAYER=${leastLayer} asks for, so nothing runs.`,
    ...missing.map((finding) => `${finding.name}: ${explainFinding(finding)}`),
    'iceos doctor says more. To run blueprints that you trust on your own machine, set ICEOS_SANDBOX=best-available.',
  ].join('\n');
}

/** True for names and addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, '');
  return (
    bare === 'localhost' ||
    bare === '::1' ||
    bare === '::ffff:127.0.0.1' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(bare)
  );
}
