import type { LayerFinding } from './layer-finding.ts';
import type { SandboxLayer } from './sandbox.ts';

const PROMISES: Readonly<Record<SandboxLayer, string>> = {
  full: 'Tools and code see Node, their own files, granted folders and an empty scratch folder; they have no network and start no process that their tool does not need.',
  base: 'Tools and code read Node, their own files and granted folders, and write nothing; they have no network and start no process. They may see which files the machine has.',
  development: 'Tools and code run in processes of their own with timeouts and output limits; nothing confines them.',
};

/** The one line in which a start says what confines code here, and why nothing stronger does. */
export function startLine(layer: SandboxLayer, findings: readonly LayerFinding[], cgroup?: 'v1' | 'v2'): string {
  const groups = layer !== 'development' && cgroup !== undefined ? ` with control groups (${cgroup})` : '';
  // What stands below the layer says nothing about it, and one cause may be that of several.
  const above = findings.filter(({ name, available }) => !available && (name === 'full' || name === 'base'));
  const causes = new Map<string, string[]>();
  for (const { name, why = '' } of above) causes.set(why, [...(causes.get(why) ?? []), name]);
  const reasons = [...causes].map(([why, names]) =>
    why === 'as asked for' ? why : `no ${names.join(' and no ')} layer: ${why}`,
  );
  return `Sandbox: ${layer}${groups}${reasons.length === 0 ? '' : ` (${reasons.join('; ')})`}. ${PROMISES[layer]}`;
}
