import type { Explanation } from './layer-finding.ts';
import type { Machine } from './machine.ts';

/** Why a launch did not work: the step and the error of the launcher where it was one of its steps. */
export interface LaunchFailure {
  readonly message: string;
  readonly step?: string | undefined;
  readonly errno?: number | undefined;
}

const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EACCES: 13,
  EBUSY: 16,
  EINVAL: 22,
  ENOSPC: 28,
  ENOSYS: 38,
  EOPNOTSUPP: 95,
} as const;

const DOCS = 'docs/sandbox.md';
/** Steps of the launcher that a confined container or AppArmor refuses when a namespace itself was given. */
const NAMESPACE_STEPS: ReadonlySet<string> = new Set([
  'namespaces',
  'uid_map',
  'gid_map',
  'setgroups',
  'name the host',
]);
const MOUNT_STEPS: ReadonlySet<string> = new Set([
  'make mounts private',
  'mount the private root',
  'bind',
  'make a bind read-only',
  'mount the scratch',
  'pivot_root',
  'leave the old root',
  'make the private root read-only',
]);
const LIMIT_STEP = /^set the limit ([A-Z]+) to (\d+)$/;
const ID_STEPS: ReadonlySet<string> = new Set(['drop groups', 'drop root', 'take the mapped ids']);

/** Steps of the launcher by which a machine is told from another; they are texts of its sources. */
export const LAUNCH_STEPS: readonly string[] = [
  ...NAMESPACE_STEPS,
  ...MOUNT_STEPS,
  ...ID_STEPS,
  'Landlock',
  'load the filter',
];

interface Case {
  readonly applies: (failure: LaunchFailure, machine: Machine) => boolean;
  readonly explain: (failure: LaunchFailure, machine: Machine) => Explanation;
}

const isStep = (steps: ReadonlySet<string>, { step }: LaunchFailure): boolean => step !== undefined && steps.has(step);
const isRefusal = ({ errno }: LaunchFailure): boolean => errno === ERRNO.EPERM || errno === ERRNO.EACCES;

const CONTAINERS = {
  docker:
    'Start the container with --security-opt seccomp=deploy/docker/seccomp.json --security-opt apparmor=unconfined, as a user other than root.',
  podman: 'Start the container with --security-opt seccomp=deploy/docker/seccomp.json, as a user other than root.',
  kubernetes:
    'Give the pod seccompProfile Localhost with deploy/docker/seccomp.json, appArmorProfile Unconfined and a user other than root, as deploy/kubernetes does.',
} as const;

/** The first that applies is told: special causes stand before general ones. */
const CASES: readonly Case[] = [
  {
    applies: (failure, machine) => machine.isGvisor && failure.step !== undefined,
    explain: () => ({
      why: 'gVisor has no Landlock, and takes the place of the kernel that this sandbox relies on',
      remedy: 'Run the server under another container runtime, such as runc, or on a machine of its own.',
    }),
  },
  {
    applies: ({ step, errno }) => step === 'Landlock' && errno === ERRNO.EOPNOTSUPP,
    explain: () => ({
      why: 'Landlock is switched off on this machine',
      remedy: 'Add landlock to the list lsm= of the kernel command line (CONFIG_LSM), and boot again.',
    }),
  },
  {
    applies: ({ step }) => step === 'Landlock',
    explain: (_, { kernel }) => ({
      why: `this kernel (${kernel}) has no Landlock of ABI 3 or newer`,
      remedy: 'Use Linux 6.2 or newer with Landlock, and a container runtime that lets its system calls through.',
    }),
  },
  {
    applies: ({ step, errno }, { maxUserNamespaces }) =>
      step === 'namespaces' && (errno === ERRNO.ENOSPC || maxUserNamespaces === 0),
    explain: (_, { maxUserNamespaces }) =>
      maxUserNamespaces === 0
        ? {
            why: 'user namespaces are switched off (user.max_user_namespaces is 0)',
            remedy: 'sysctl -w user.max_user_namespaces=10000, and the same line in /etc/sysctl.d to keep it.',
          }
        : {
            why: 'there are as many user namespaces as there may be (user.max_user_namespaces, here or further out)',
            remedy: 'Raise user.max_user_namespaces, also on the host of a container, or end what holds them.',
          },
  },
  {
    applies: (failure, { forbidsUserNamespaces, isRoot }) =>
      isStep(NAMESPACE_STEPS, failure) && forbidsUserNamespaces && !isRoot,
    explain: () => ({
      why: 'only root may make user namespaces (kernel.unprivileged_userns_clone is 0)',
      remedy: 'sysctl -w kernel.unprivileged_userns_clone=1, and the same line in /etc/sysctl.d to keep it.',
    }),
  },
  {
    applies: (failure, { container }) =>
      isStep(NAMESPACE_STEPS, failure) && isRefusal(failure) && container !== undefined,
    explain: (_, { container = 'docker' }) => ({
      why: "the container's seccomp profile refuses namespaces",
      remedy: CONTAINERS[container],
    }),
  },
  {
    applies: (failure, { isRoot, hasWorkerIds, canAdminister }) =>
      isStep(NAMESPACE_STEPS, failure) && isRefusal(failure) && isRoot && hasWorkerIds && !canAdminister,
    explain: () => ({
      why: 'the server is root without CAP_SYS_ADMIN, and root makes namespaces with that right alone',
      remedy: 'Run it as a user other than root, or give it CAP_SYS_ADMIN.',
    }),
  },
  {
    applies: (failure, { appArmorRestricts, isRoot }) =>
      (isStep(NAMESPACE_STEPS, failure) || isStep(MOUNT_STEPS, failure) || isStep(ID_STEPS, failure)) &&
      isRefusal(failure) &&
      appArmorRestricts &&
      !isRoot,
    explain: () => ({
      why: 'AppArmor takes the rights away that a user namespace gives (kernel.apparmor_restrict_unprivileged_userns is 1)',
      remedy: `Install deploy/apparmor/iceos-launcher, with the path of this installation in it; ${DOCS} says how.`,
    }),
  },
  {
    applies: (failure, { container }) => isStep(MOUNT_STEPS, failure) && isRefusal(failure) && container !== undefined,
    explain: (_, { container = 'docker' }) => ({
      why: "the container's AppArmor or SELinux profile refuses mounts",
      remedy: CONTAINERS[container],
    }),
  },
  {
    applies: ({ step, errno }) => step === 'namespaces' && (errno === ERRNO.EINVAL || errno === ERRNO.ENOSYS),
    explain: (_, { kernel }) => ({
      why: `this kernel (${kernel}) was built without some of the namespaces`,
      remedy: 'Use a kernel with CONFIG_USER_NS, CONFIG_PID_NS, CONFIG_NET_NS, CONFIG_IPC_NS and CONFIG_UTS_NS.',
    }),
  },
  {
    applies: (failure) => isStep(NAMESPACE_STEPS, failure) && isRefusal(failure),
    explain: () => ({
      why: 'this machine refuses user namespaces: a seccomp filter or a security module around the server does',
      remedy: `Take it away or let unshare, clone, mount and pivot_root through; ${DOCS} has profiles.`,
    }),
  },
  {
    applies: (failure, { isRoot, canTakeIds }) => isStep(ID_STEPS, failure) && isRoot && !canTakeIds,
    explain: () => ({
      why: 'the server is root without CAP_SETUID and CAP_SETGID, so workers could not become users of their own',
      remedy: 'Run it as a user other than root, or give it these capabilities.',
    }),
  },
  {
    applies: ({ step, errno }) => step === 'load the filter' && errno === ERRNO.EBUSY,
    explain: () => ({
      why: 'a seccomp filter around the server listens already, and the kernel allows one such filter only',
      remedy:
        'Switch the interception of system calls off in the container runtime (LXC, Incus: security.syscalls.intercept.*).',
    }),
  },
  {
    applies: ({ step, errno }) =>
      step === 'load the filter' && (errno === ERRNO.EINVAL || errno === ERRNO.ENOSYS || errno === ERRNO.EPERM),
    explain: (_, { kernel }) => ({
      why: `this kernel (${kernel}), or a filter around the server, lets no seccomp filter be loaded`,
      remedy: 'Use a kernel with CONFIG_SECCOMP_FILTER, and a container runtime that lets seccomp through.',
    }),
  },
  {
    applies: ({ step = '', errno }) => LIMIT_STEP.test(step) && errno === ERRNO.EPERM,
    explain: ({ step = '' }) => {
      const [, name = '', value] = LIMIT_STEP.exec(step) ?? [];
      return {
        why: `the hard limit ${name} of the server is below the ${value} of a worker, and nobody may raise it`,
        remedy: `Start the server with a higher one: ulimit -H of its shell, Limit${name}= of its unit, or --ulimit ${name.toLowerCase()}= of its container.`,
      };
    },
  },
  {
    applies: ({ step, errno }) =>
      step === 'open a path of the plan' && (errno === ERRNO.ENOENT || isRefusal({ message: '', errno })),
    explain: ({ errno }) => ({
      why:
        errno === ERRNO.ENOENT
          ? 'a file of Node or of the installation is missing'
          : 'a file of Node or of the installation may not be read',
      remedy: 'Install both where the user of the server may read them, or install the package again.',
    }),
  },
  {
    applies: ({ message }) => / EACCES$/.test(message),
    explain: ({ message }) => ({
      why: `the launcher may not be executed (${message})`,
      remedy:
        'chmod 755 the launcher, and let its file system be mounted without noexec; or install the package again.',
    }),
  },
];

/** Why a layer is missing on this machine, and what to do about it. */
export function explainFailure(failure: LaunchFailure, machine: Machine): Explanation {
  const found = CASES.find(({ applies }) => applies(failure, machine));
  return found?.explain(failure, machine) ?? { why: failure.message };
}

/** Why there is no confinement at all on a system. */
export function explainPlatform(platform: string): Explanation {
  const name = { darwin: 'macOS', win32: 'Windows' }[platform] ?? platform;
  return {
    why: `there is no confinement on ${name}`,
    remedy: 'Run the server on Linux 6.2 or newer: a virtual machine or a container on this machine will do.',
  };
}

/** Why no control group bounds the whole tree of a worker; `why` is what the search for one said. */
export function explainGroups(why: string, { isRoot, container }: Machine): Explanation {
  if (container === 'kubernetes')
    return { why, remedy: `Kubernetes delegates no groups to pods; ${DOCS} says what bounds a pod.` };
  if (container !== undefined) {
    return {
      why,
      remedy:
        'Start the container with --cgroupns=private and a writable /sys/fs/cgroup, or bound the container as a whole.',
    };
  }
  const asUser = isRoot ? 'systemd-run --scope' : 'systemd-run --user --scope';
  return {
    why,
    remedy: `Start the server with ${asUser} -p Delegate=yes, or as the unit deploy/systemd/iceos.service.`,
  };
}

/** What is less in a full layer whose private root has no `/proc` of its own. */
export function explainProc({ container }: Machine): Explanation {
  const remedies = {
    docker: 'Code that looks at itself there needs --security-opt systempaths=unconfined.',
    podman: 'Code that looks at itself there needs --security-opt unmask=ALL.',
    kubernetes: 'Code that looks at itself there needs procMount: Unmasked, with hostUsers: false.',
  };
  return {
    why: 'the machine masks its /proc, so a worker sees an empty one',
    remedy: container === undefined ? undefined : remedies[container],
  };
}
