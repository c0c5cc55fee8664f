import { describe, expect, it } from 'vitest';
import { containerOf, parseMachine, readMachine, type MachineTexts } from '../../../src/sandbox/machine.ts';

const plain: MachineTexts = {
  version: 'Linux version 6.8.0-31-generic (buildd@lcy02) #31-Ubuntu SMP',
  status: 'Name:\tnode\nCapEff:\t0000000000000000\n',
  uidMap: '         0          0 4294967295\n',
  maxUserNamespaces: '60000\n',
  unprivilegedUserNamespaces: '',
  appArmorRestricts: '',
};
const parse = (texts: Partial<MachineTexts>) => parseMachine({ ...plain, ...texts });

describe('what a machine says of itself', () => {
  it('is read as it is', () => {
    expect(parse({})).toEqual({
      isGvisor: false,
      hasWorkerIds: true,
      canAdminister: false,
      canTakeIds: false,
      maxUserNamespaces: 60_000,
      forbidsUserNamespaces: false,
      appArmorRestricts: false,
    });
  });

  it('may be that files are missing', () => {
    const nothing = { version: '', status: '', uidMap: '', maxUserNamespaces: '' };
    expect(parse(nothing)).toMatchObject({ hasWorkerIds: false, canAdminister: false, maxUserNamespaces: undefined });
  });

  it.each([
    ['000001ffffffffff', true, true],
    ['000001ffffdfffff', false, true],
    ['00000000a80425fb', false, true],
    ['000001ffffffff3f', true, false],
  ])('has the capabilities of %s', (mask, canAdminister, canTakeIds) => {
    expect(parse({ status: `CapEff:\t${mask}\n` })).toMatchObject({ canAdminister, canTakeIds });
  });

  it.each([
    ['a rootless container', '0 1000 1\n1 100000 65536\n', false],
    ['one mapped user', '0 1000 1\n', false],
    ['a container with few ids', '0 100000 65536\n', false],
    ['the machine itself', '0 0 4294967295\n', true],
  ])('knows whether the users of workers exist: %s', (_where, uidMap, hasWorkerIds) => {
    expect(parse({ uidMap })).toMatchObject({ hasWorkerIds });
  });

  it.each(['Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016', 'Linux version 4.19.0-gvisor #1'])(
    'is known as gVisor by %s',
    (version) => expect(parse({ version }).isGvisor).toBe(true),
  );

  it('has switches that distributions add', () => {
    expect(parse({ unprivilegedUserNamespaces: '0\n' }).forbidsUserNamespaces).toBe(true);
    expect(parse({ unprivilegedUserNamespaces: '1\n' }).forbidsUserNamespaces).toBe(false);
    expect(parse({ appArmorRestricts: '1\n' }).appArmorRestricts).toBe(true);
  });

  it.each([
    ['127.0.0.1\tlocalhost\n', [], undefined],
    ['127.0.0.1\tlocalhost\n', ['/.dockerenv'], 'docker'],
    ['127.0.0.1\tlocalhost\n', ['/run/.containerenv', '/.dockerenv'], 'podman'],
    ['127.0.0.1\tlocalhost\n', ['/var/run/secrets/kubernetes.io'], 'kubernetes'],
    ['# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n', ['/.dockerenv'], 'kubernetes'],
  ])('knows its container by hosts %j and files %j', (hosts, files, container) => {
    expect(containerOf({ hosts, files })).toBe(container);
  });

  it('can be asked on any system', async () => {
    expect(await readMachine('darwin')).toMatchObject({ platform: 'darwin', cpu: process.arch });
  });
});
