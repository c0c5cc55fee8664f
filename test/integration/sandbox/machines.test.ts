import { chmod, chown, copyFile, cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findLaunching } from '../../../src/sandbox/find-launching.ts';
import {
  AS_IT_IS,
  buildFilters,
  doctorOn,
  iceosOn,
  isRoot,
  rootWithout,
  UNPRIVILEGED,
  type Machine,
} from '../../support/machines.ts';
import { openTestDatabase, type ServerTestDatabase } from '../../support/database.ts';
import { SANDBOX_SETTINGS, WORKER_BUNDLE } from '../../support/sandbox.ts';

const onLinux = process.platform === 'linux';
const LAUNCHERS = path.resolve('dist/launchers');
let folder: string;
let database: ServerTestDatabase;
let filters: Awaited<ReturnType<typeof buildFilters>>;

beforeAll(async () => {
  database = await openTestDatabase();
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-machines-'));
  await chmod(folder, 0o755);
  if (onLinux) filters = await buildFilters(folder);
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

/** A folder for data that anybody may write to, and a database that is there already. */
async function place(): Promise<{ readonly dataDir: string; readonly environment: { readonly DATABASE_URL: string } }> {
  const dataDir = await mkdtemp(path.join(folder, 'data-'));
  await chmod(dataDir, 0o777);
  return { dataDir, environment: { DATABASE_URL: database.url } };
}

const ATTACKS = ['read', 'connect', 'start', 'write', 'allocate'];

interface Expected {
  readonly layer: 'full' | 'base' | 'development';
  readonly why?: RegExp;
}

/** Looks with `doctor` which layer a machine gives, what it says, and that every attack is stopped where one confines. */
async function expectLayer(machine: Machine, { layer, why }: Expected, options = {}): Promise<void> {
  const find = await doctorOn(machine, { ...(await place()), ...options });
  expect(find('Code nodes')?.message).toMatch(new RegExp(`^${layer}\\b`));
  expect(find('Sandbox')?.ok).toBe(layer !== 'development');
  if (why) expect(`${find('Namespaces')?.message}\n${find('Landlock')?.message}`).toMatch(why);
  if (layer !== 'full') expect(find('Other languages')?.message).toMatch(/^refused: .*need the full layer/);
  const stopped = ATTACKS.map((name) => find(`Attack: ${name}`)?.ok);
  if (layer !== 'development') expect(stopped).toEqual(ATTACKS.map(() => true));
}

/** `serve` with these settings ends at once, before it listens, and says why. */
async function expectRefusal(machine: Machine, environment: Record<string, string>, says: RegExp): Promise<void> {
  const { dataDir, environment: base } = await place();
  const options = { dataDir, environment: { ...base, ...environment } };
  const { code, stderr } = await iceosOn(machine, ['serve', '--port', '0'], options);
  expect([code, stderr]).toEqual([78, expect.stringMatching(says)]);
  expect(stderr).not.toContain('GraphQL');
}

const inside = (words: Machine, script: string): Machine => [...words, 'sh', '-c', `${script}; exec "$@"`, 'sh'];
const NO_USER_NAMESPACES = 'echo 0 > /proc/sys/user/max_user_namespaces';
const FEW_FILES = 'ulimit -n 200';
const FEW_FILES_SAYS = /hard limit NOFILE of the server is below the 256[^]*LimitNOFILE=/;
const MASKED_PROC = 'mount -t tmpfs -o ro tmpfs /proc/acpi 2>/dev/null || mount --bind /dev/null /proc/kcore';

describe.runIf(onLinux)('a machine gives the layer that it can', () => {
  it('full, to an unprivileged user with user namespaces', () => expectLayer(UNPRIVILEGED, { layer: 'full' }));

  it('full, to root of a user namespace without the ids of workers, as in a rootless container', () =>
    expectLayer([...UNPRIVILEGED, 'unshare', '--user', '--map-root-user'], { layer: 'full' }));

  it('base, where a filter refuses namespaces as that of Docker does', () =>
    expectLayer([...UNPRIVILEGED, ...filters.withoutNamespaces], {
      layer: 'base',
      why: /seccomp (profile|filter).* namespaces|refuses user namespaces[^]*deploy|docs/,
    }));

  it('base, where there may be no user namespace', () =>
    expectLayer(inside([...UNPRIVILEGED, 'unshare', '--user', '--map-root-user'], NO_USER_NAMESPACES), {
      layer: 'base',
      why: /user\.max_user_namespaces is 0[^]*sysctl -w user\.max_user_namespaces=/,
    }));

  it('none, where the server may have fewer files open than a worker', () =>
    expectLayer(inside(UNPRIVILEGED, FEW_FILES), { layer: 'development', why: FEW_FILES_SAYS }));

  it('none, without Landlock: doctor says so, and the attacks are told as they went', async () => {
    await expectLayer([...UNPRIVILEGED, ...filters.withoutLandlock], {
      layer: 'development',
      why: /no Landlock of ABI 3 or newer[^]*Linux 6\.2/,
    });
  });
});

describe.runIf(onLinux && isRoot)('a machine on which the server is root gives', () => {
  it('full', () => expectLayer(AS_IT_IS, { layer: 'full' }));

  it('full with an empty /proc, where /proc is masked', async () => {
    const machine = [...inside(['unshare', '--mount'], MASKED_PROC), ...UNPRIVILEGED];
    await expectLayer(machine, { layer: 'full', why: /private root\nthe machine masks its \/proc/ });
  });

  it('none, where it may have fewer files open than a worker', () =>
    expectLayer(inside(AS_IT_IS, FEW_FILES), { layer: 'development', why: FEW_FILES_SAYS }));

  it('base without CAP_SYS_ADMIN', () => expectLayer(rootWithout('sys_admin'), { layer: 'base' }));

  it('full without CAP_SYS_PTRACE, which looking at namespaces would need', () =>
    expectLayer(rootWithout('sys_ptrace'), { layer: 'full' }));

  it('none without the right to make workers users of their own', () =>
    expectLayer(rootWithout('setuid', 'setgid'), { layer: 'development', why: /CAP_SETUID and CAP_SETGID/ }));

  it.each([
    ['of root', 0, AS_IT_IS],
    ['of an unprivileged user', 1000, UNPRIVILEGED],
  ] as const)('full to an installation and a Node under a home of mode 0700 %s', async (_whose, owner, machine) => {
    const home = path.join(folder, `home-${owner}`);
    await installInto(home);
    await chown(home, owner, owner);
    await chmod(home, 0o700);
    const options = { node: path.join(home, 'node'), main: path.join(home, 'dist/main.js') };
    await expectLayer(machine, { layer: 'full' }, options);
  });
});

async function installInto(home: string): Promise<void> {
  await mkdir(home);
  await copyFile(process.execPath, path.join(home, 'node'));
  for (const part of ['dist', 'migrations', 'package.json']) {
    await cp(path.resolve(part), path.join(home, part), { recursive: true });
  }
  await symlink(path.resolve('node_modules'), path.join(home, 'node_modules'));
}

describe.runIf(onLinux)('nothing runs below the least layer', () => {
  it('without Landlock, and the start says what to do', () =>
    expectRefusal(
      [...UNPRIVILEGED, ...filters.withoutLandlock],
      {},
      /ICEOS_SANDBOX_LEAST_LAYER=base[^]*base: .*Landlock[^]*Linux 6\.2[^]*iceos doctor/,
    ));

  it('with base where full is asked for', () =>
    expectRefusal(
      [...UNPRIVILEGED, ...filters.withoutNamespaces],
      { ICEOS_SANDBOX_LEAST_LAYER: 'full' },
      /\nfull: .*namespaces/,
    ));

  it('without control groups where they are asked for', async () => {
    const find = await doctorOn(UNPRIVILEGED, await place());
    if (find('Control groups')?.ok === true) return;
    await expectRefusal(UNPRIVILEGED, { ICEOS_SANDBOX_LEAST_LAYER: 'cgroup' }, /\ncgroup: .*\n.*/);
  });

  it.each([
    ['an address of others', { ICEOS_SANDBOX: 'best-available', ICEOS_HOST: '0.0.0.0' }, /ICEOS_HOST=127\.0\.0\.1/],
    ['production', { ICEOS_SANDBOX: 'development', NODE_ENV: 'production' }, /NODE_ENV=production/],
    ['half of a launcher', { ICEOS_LAUNCHER: '/bin/true' }, /ICEOS_LAUNCHER_SHA256/],
    [
      'another launcher',
      { ICEOS_LAUNCHER: '/bin/true', ICEOS_LAUNCHER_SHA256: 'a'.repeat(64) },
      /SHA-256 is [0-9a-f]{64} instead of a{64}/,
    ],
    [
      'an interpreter that is not there',
      { ICEOS_SHELL_INTERPRETERS: 'perl=/nowhere/perl' },
      /perl is no program at \/nowhere\/perl/,
    ],
  ] as const)('with %s', async (_what, environment, says) => expectRefusal(AS_IT_IS, environment, says));
});

describe.runIf(onLinux)('a set-up that is broken', () => {
  const look = (more: { readonly launchers?: string; readonly workerBundle?: string; readonly readyMs?: number }) =>
    findLaunching({
      setting: 'confined',
      launchers: LAUNCHERS,
      workerBundle: WORKER_BUNDLE,
      sandbox: SANDBOX_SETTINGS,
      ...more,
    });

  it('has a launcher that may not be executed: root or not, nobody may', async () => {
    const launchers = await mkdtemp(path.join(folder, 'launchers-'));
    for (const name of await readdir(LAUNCHERS)) {
      await copyFile(path.join(LAUNCHERS, name), path.join(launchers, name));
      await chmod(path.join(launchers, name), 0o644);
    }
    const { layer, findings, launching } = await look({ launchers });
    expect(layer).toBe('development');
    expect(findings[0]).toMatchObject({
      why: expect.stringMatching(/may not be executed/),
      remedy: expect.stringMatching(/chmod 755/),
    });
    await launching.close();
  });

  it('has workers that hang at their start: they are given up, with what may be the cause', async () => {
    const workerBundle = path.resolve('test/support/native/hanging-worker.cjs');
    const { layer, findings, launching } = await look({ workerBundle, readyMs: 500 });
    expect(layer).toBe('development');
    expect(findings[0]).toMatchObject({
      why: expect.stringMatching(/not get ready in time; its limits may be too small/),
    });
    await launching.close();
  });

  it('has workers that end at their start', async () => {
    const { layer, findings, launching } = await look({ workerBundle: path.resolve('package.json') });
    expect(layer).toBe('development');
    expect(findings[0]).toMatchObject({ why: expect.stringMatching(/ended before it was ready/) });
    await launching.close();
  });
});
