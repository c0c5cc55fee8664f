import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../src/sandbox/machine.ts';
import {
  explainFailure,
  explainGroups,
  explainPlatform,
  explainProc,
  LAUNCH_STEPS,
} from '../../../src/sandbox/remedies.ts';

const server: Machine = {
  platform: 'linux',
  cpu: 'x64',
  kernel: '6.8.0',
  isGvisor: false,
  isRoot: false,
  hasWorkerIds: true,
  canAdminister: false,
  canTakeIds: false,
  container: undefined,
  maxUserNamespaces: 60_000,
  forbidsUserNamespaces: false,
  appArmorRestricts: false,
  listsChildren: true,
};
const root: Partial<Machine> = { isRoot: true, canAdminister: true, canTakeIds: true };
const EPERM = 1;
const EACCES = 13;

type Row = readonly [machine: string, step: string, errno: number, Partial<Machine>, why: RegExp, remedy: RegExp];

const ROWS: readonly Row[] = [
  [
    'Ubuntu 24.04',
    'make mounts private',
    EACCES,
    { appArmorRestricts: true },
    /AppArmor/,
    /deploy\/apparmor\/iceos-launcher/,
  ],
  ['Ubuntu 24.04, older kernel', 'uid_map', EPERM, { appArmorRestricts: true }, /AppArmor/, /deploy\/apparmor/],
  [
    'Docker',
    'namespaces',
    EPERM,
    { container: 'docker' },
    /container's seccomp/,
    /--security-opt seccomp=deploy\/docker\/seccomp\.json/,
  ],
  [
    'Podman, which lets namespaces through but not what names a host',
    'name the host',
    EPERM,
    { container: 'podman' },
    /container's seccomp/,
    /--security-opt seccomp=deploy\/docker\/seccomp\.json/,
  ],
  [
    'Docker as root',
    'namespaces',
    EPERM,
    { ...root, canAdminister: false, container: 'docker' },
    /container's seccomp/,
    /other than root/,
  ],
  [
    'Docker with our filter alone',
    'make mounts private',
    EACCES,
    { container: 'docker' },
    /refuses mounts/,
    /apparmor=unconfined/,
  ],
  ['Podman', 'namespaces', EPERM, { container: 'podman' }, /container's seccomp/, /seccomp\.json, as a user/],
  ['Kubernetes', 'namespaces', EPERM, { container: 'kubernetes' }, /container's seccomp/, /seccompProfile Localhost/],
  [
    'no user namespaces by sysctl',
    'namespaces',
    28,
    { maxUserNamespaces: 0 },
    /switched off \(user\.max_user_namespaces is 0\)/,
    /sysctl -w user\.max_user_namespaces=/,
  ],
  ['no user namespaces left', 'namespaces', 28, {}, /as many user namespaces as there may be/, /Raise/],
  [
    'Debian 10',
    'namespaces',
    EPERM,
    { forbidsUserNamespaces: true },
    /unprivileged_userns_clone is 0/,
    /unprivileged_userns_clone=1/,
  ],
  [
    'root without CAP_SYS_ADMIN',
    'namespaces',
    EPERM,
    { ...root, canAdminister: false },
    /root without CAP_SYS_ADMIN/,
    /user other than root/,
  ],
  [
    'root without CAP_SETUID',
    'drop groups',
    EPERM,
    { ...root, canTakeIds: false },
    /without CAP_SETUID and CAP_SETGID/,
    /other than root/,
  ],
  ['a filter around the server', 'namespaces', EPERM, {}, /refuses user namespaces/, /unshare, clone, mount/],
  ['a kernel without namespaces', 'namespaces', 22, {}, /built without/, /CONFIG_USER_NS/],
  ['kernel 5.15', 'Landlock', 0, { kernel: '5.15.0' }, /5\.15\.0.*no Landlock of ABI 3/, /Linux 6\.2/],
  ['Landlock switched off', 'Landlock', 95, {}, /switched off/, /lsm=/],
  ['gVisor', 'Landlock', 38, { isGvisor: true, container: 'docker' }, /gVisor/, /runc/],
  ['gVisor, full', 'namespaces', EPERM, { isGvisor: true }, /gVisor/, /runc/],
  ['a filter that listens', 'load the filter', 16, {}, /listens already/, /intercept/],
  ['a kernel without filters', 'load the filter', 22, {}, /seccomp filter/, /CONFIG_SECCOMP_FILTER/],
  ['half an installation', 'open a path of the plan', 2, {}, /is missing/, /install the package again/],
  [
    'a server with few files',
    'set the limit NOFILE to 256',
    EPERM,
    {},
    /hard limit NOFILE of the server is below the 256/,
    /LimitNOFILE=/,
  ],
  ['a home of somebody else', 'open a path of the plan', EACCES, {}, /may not be read/, /user of the server/],
];

describe('why a layer is missing', () => {
  it.each(ROWS)('on %s', (_machine, step, errno, facts, why, remedy) => {
    const explained = explainFailure({ message: 'no', step, errno }, { ...server, ...facts });
    expect(explained).toEqual({ why: expect.stringMatching(why), remedy: expect.stringMatching(remedy) });
  });

  it('says what happened where nothing is known of it', () => {
    const failure = { message: 'the step "sockets" of the launch failed (errno 24)', step: 'sockets', errno: 24 };
    expect(explainFailure(failure, server)).toEqual({ why: failure.message });
  });

  it('knows a launcher that may not be executed', () => {
    const { why, remedy } = explainFailure({ message: 'spawn /opt/launcher-x86_64 EACCES' }, server);
    expect([why, remedy]).toEqual([
      expect.stringContaining('may not be executed'),
      expect.stringContaining('chmod 755'),
    ]);
  });

  it('names steps that the launcher has', async () => {
    const folder = path.resolve('src/sandbox/launcher');
    const files = (await readdir(folder)).filter((name) => name.endsWith('.c'));
    const source = (await Promise.all(files.map((name) => readFile(path.join(folder, name), 'utf8')))).join('\n');
    expect(LAUNCH_STEPS.filter((step) => !source.includes(`"${step}"`))).toEqual([]);
  });
});

describe('what else is less than it could be', () => {
  it.each([
    ['darwin', /on macOS/],
    ['win32', /on Windows/],
    ['freebsd', /on freebsd/],
  ])('on %s', (platform, why) => {
    expect(explainPlatform(platform)).toEqual({
      why: expect.stringMatching(why),
      remedy: expect.stringContaining('Linux'),
    });
  });

  it.each([
    [{}, /systemd-run --user --scope -p Delegate=yes/],
    [root, /systemd-run --scope -p Delegate=yes/],
    [{ container: 'docker' }, /--cgroupns=private/],
    [{ container: 'kubernetes' }, /pods/],
  ] as const)('without control groups, for %j', (facts, remedy) => {
    expect(explainGroups('they may not be written', { ...server, ...facts })).toEqual({
      why: 'they may not be written',
      remedy: expect.stringMatching(remedy),
    });
  });

  it.each([
    [{ container: 'docker' }, /systempaths=unconfined/],
    [{ container: 'podman' }, /unmask=ALL/],
    [{ container: 'kubernetes' }, /procMount/],
  ] as const)('with a masked /proc, for %j', (facts, remedy) => {
    expect(explainProc({ ...server, ...facts }).remedy).toMatch(remedy);
  });
});
