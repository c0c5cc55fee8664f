import { access, readFile } from 'node:fs/promises';
import { arch, release } from 'node:os';
import process from 'node:process';
import { WORKER_ID_RANGE } from './worker-ids.ts';

/** What a machine says of itself that explains why it refuses a layer. */
export interface Machine {
  readonly platform: string;
  /** As Node names it. */
  readonly cpu: string;
  /** Version of the kernel. */
  readonly kernel: string;
  readonly isGvisor: boolean;
  readonly isRoot: boolean;
  /** The ids of workers' users exist here; in a user namespace such as a rootless container's they do not. */
  readonly hasWorkerIds: boolean;
  readonly canAdminister: boolean;
  readonly canTakeIds: boolean;
  readonly container: 'docker' | 'podman' | 'kubernetes' | undefined;
  /** `user.max_user_namespaces`. */
  readonly maxUserNamespaces: number | undefined;
  /** `kernel.unprivileged_userns_clone`, which some distributions have. */
  readonly forbidsUserNamespaces: boolean;
  /** `kernel.apparmor_restrict_unprivileged_userns`, as Ubuntu has it since 23.10. */
  readonly appArmorRestricts: boolean;
  /** Tells whose children are whose (`CONFIG_PROC_CHILDREN`). */
  readonly listsChildren: boolean;
}

/** The texts that a machine is known by; an empty one is a file that is not there. */
export interface MachineTexts {
  readonly version: string;
  readonly status: string;
  readonly uidMap: string;
  readonly maxUserNamespaces: string;
  readonly unprivilegedUserNamespaces: string;
  readonly appArmorRestricts: string;
}

const CAP = { setgid: 6n, setuid: 7n, sysAdmin: 21n } as const;

/** Reads what this machine says of itself. Never rejects. */
export async function readMachine(platform: string = process.platform): Promise<Machine> {
  const text = (file: string): Promise<string> => readFile(file, 'latin1').catch(() => '');
  const [version, status, uidMap, maxUserNamespaces, unprivilegedUserNamespaces, appArmorRestricts] = await Promise.all(
    [
      '/proc/version',
      '/proc/self/status',
      '/proc/self/uid_map',
      '/proc/sys/user/max_user_namespaces',
      '/proc/sys/kernel/unprivileged_userns_clone',
      '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    ].map(text),
  );
  return {
    platform,
    cpu: arch(),
    kernel: release(),
    isRoot: process.getuid?.() === 0,
    container: await findContainer(),
    listsChildren: await isThere('/proc/thread-self/children'),
    ...parseMachine({
      version: version ?? '',
      status: status ?? '',
      uidMap: uidMap ?? '',
      maxUserNamespaces: maxUserNamespaces ?? '',
      unprivilegedUserNamespaces: unprivilegedUserNamespaces ?? '',
      appArmorRestricts: appArmorRestricts ?? '',
    }),
  };
}

type Container = Exclude<Machine['container'], undefined>;

/** Files that runtimes leave in their containers, the most telling first. */
const MARKS: readonly (readonly [file: string, container: Container])[] = [
  ['/var/run/secrets/kubernetes.io', 'kubernetes'],
  ['/run/.containerenv', 'podman'],
  ['/.dockerenv', 'docker'],
];

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

async function findContainer(): Promise<Machine['container']> {
  const hosts = await readFile('/etc/hosts', 'latin1').catch(() => '');
  const there = await Promise.all(MARKS.map(([file]) => isThere(file)));
  return containerOf({ hosts, files: MARKS.map(([file]) => file).filter((_, index) => there[index]) });
}

/** Which kind of container leaves these files and this `/etc/hosts`: a pod need not have the files of its account. */
export function containerOf({
  hosts,
  files,
}: {
  readonly hosts: string;
  readonly files: readonly string[];
}): Machine['container'] {
  if (hosts.startsWith('# Kubernetes-managed hosts file')) return 'kubernetes';
  return MARKS.find(([file]) => files.includes(file))?.[1];
}

/** What the texts mean. */
export function parseMachine(
  texts: MachineTexts,
): Omit<Machine, 'platform' | 'cpu' | 'kernel' | 'isRoot' | 'container' | 'listsChildren'> {
  const max = texts.maxUserNamespaces.trim();
  const effective = BigInt(`0x${/^CapEff:\s+([0-9a-f]+)$/m.exec(texts.status)?.[1] ?? '0'}`);
  const has = (capability: bigint): boolean => ((effective >> capability) & 1n) === 1n;
  return {
    // gVisor answers with a kernel version of its own making, and says that it was built at one moment.
    isGvisor: /gvisor|Sun Jan 10 15:06:54 PST 2016/i.test(texts.version),
    hasWorkerIds: texts.uidMap.split('\n').some(holdsWorkerIds),
    canAdminister: has(CAP.sysAdmin),
    canTakeIds: has(CAP.setuid) && has(CAP.setgid),
    maxUserNamespaces: max === '' ? undefined : Number(max),
    forbidsUserNamespaces: texts.unprivilegedUserNamespaces.trim() === '0',
    appArmorRestricts: texts.appArmorRestricts.trim() === '1',
  };
}

/** A line of `uid_map`: first id inside, first id outside, how many. */
function holdsWorkerIds(line: string): boolean {
  const [inside, , count] = line.trim().split(/\s+/).map(Number);
  if (inside === undefined || count === undefined) return false;
  return inside <= WORKER_ID_RANGE.from && inside + count >= WORKER_ID_RANGE.to;
}
