import { readFile, readlink } from 'node:fs/promises';
import type { Canaries } from '../protocol/messages.ts';
import type { Confinement } from './launch.ts';
import type { LaunchPlan } from './launch-plan.ts';

const NAMESPACES = ['user', 'pid', 'mnt', 'net', 'ipc', 'uts'];

/** Lines of `/proc/<pid>/limits` by the names of the plan. */
const LIMIT_LINES: Readonly<Record<string, string>> = {
  DATA: 'Max data size',
  CPU: 'Max cpu time',
  NPROC: 'Max processes',
  FSIZE: 'Max file size',
  NOFILE: 'Max open files',
  CORE: 'Max core file size',
  STACK: 'Max stack size',
  MEMLOCK: 'Max locked memory',
  MSGQUEUE: 'Max msgqueue size',
};

/**
 * Looks at a worker from outside, before it is given anything: what the kernel says of it must be what the plan asked for.
 * Undefined when it is; else what is not.
 */
export async function attest(pid: number, plan: LaunchPlan): Promise<string | undefined> {
  const [status, limits] = await Promise.all(
    ['status', 'limits'].map((name) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '')),
  );
  return (
    findStatusFault(status ?? '', plan.layer) ??
    findLimitFault(limits ?? '', plan.limits) ??
    (plan.layer === 'full' ? await findNamespaceFault(pid) : undefined)
  );
}

/** What `/proc/<pid>/status` says that it should not. */
export function findStatusFault(status: string, layer: LaunchPlan['layer']): string | undefined {
  const field = (name: string): string => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1] ?? 'nothing';
  const wanted = [
    ['Seccomp', /^2$/],
    ['NoNewPrivs', /^1$/],
    ['CapInh', /^0+$/],
    ['CapPrm', /^0+$/],
    ['CapEff', /^0+$/],
    ['CapBnd', layer === 'full' ? /^0+$/ : /./],
    ['CapAmb', /^0+$/],
    // A number here and at least one inside.
    ['NSpid', layer === 'full' ? /^\d+\s+\d+/ : /./],
  ] as const;
  const wrong = wanted.find(([name, pattern]) => !pattern.test(field(name)));
  return wrong && `${wrong[0]} is ${field(wrong[0])}`;
}

/** Which limit `/proc/<pid>/limits` has not as planned. */
export function findLimitFault(text: string, planned: LaunchPlan['limits']): string | undefined {
  for (const [name, value] of Object.entries(planned)) {
    const line = LIMIT_LINES[name];
    const found = line === undefined ? undefined : new RegExp(`^${line}\\s+(\\S+)\\s+(\\S+)`, 'm').exec(text);
    if (found?.[1] !== String(value) || found[2] !== String(value)) return `the limit ${name} is not ${value}`;
  }
  return undefined;
}

/** What the worker's program could do that no foreign code may: Landlock stops the first, the filter the others. */
export function findCanaryFault(
  canaries: Canaries,
  { layer, profile }: Pick<Confinement, 'layer' | 'profile'>,
): string | undefined {
  if (layer === 'development') return undefined; // it promises nothing
  const wanted = [
    ['list', 'EACCES', 'list the folder /'],
    ['connect', 'EACCES', 'open a socket'],
    ...(profile === 'js' ? [['start', 'EPERM', 'start a process'] as const] : []),
  ] as const;
  const wrong = wanted.find(([canary, code]) => canaries[canary] !== code);
  if (wrong === undefined) return undefined;
  const [canary, code, act] = wrong;
  return canaries[canary] === '' ? `it may ${act}` : `to ${act} fails with ${canaries[canary]} instead of ${code}`;
}

async function findNamespaceFault(pid: number): Promise<string | undefined> {
  for (const name of NAMESPACES) {
    const [own, its] = await Promise.all(
      ['self', pid].map((whose) => readlink(`/proc/${whose}/ns/${name}`).catch(() => undefined)),
    );
    // Not readable: the numbers in NSpid stand in, which were looked at before.
    if (its !== undefined && own === its) return `the ${name} namespace is the server's`;
  }
  return undefined;
}
