import { describe, expect, it } from 'vitest';
import type { LayerFinding, LayerName } from '../../../src/sandbox/layer-finding.ts';
import {
  isLoopback,
  leastLayerFault,
  policyFaults,
  type LeastLayer,
  type SandboxPolicyInput,
} from '../../../src/sandbox/policy.ts';

const asked: SandboxPolicyInput = {
  setting: 'best-available',
  listenerHost: '127.0.0.1',
  nodeEnv: undefined,
  launcher: undefined,
  launcherSha256: undefined,
};

describe('the settings of the sandbox', () => {
  it('may be confined anywhere, in production too', () => {
    expect(policyFaults({ ...asked, setting: 'confined', listenerHost: '0.0.0.0', nodeEnv: 'production' })).toEqual([]);
  });

  it.each(['best-available', 'development'] as const)('may be %s on a loopback address', (setting) => {
    expect(policyFaults({ ...asked, setting })).toEqual([]);
  });

  it.each(['best-available', 'development'] as const)('may not be %s in production', (setting) => {
    expect(policyFaults({ ...asked, setting, nodeEnv: 'production' })).toEqual([
      { setting: 'ICEOS_SANDBOX', message: expect.stringMatching(/NODE_ENV=production.*ICEOS_SANDBOX=confined/) },
    ]);
  });

  it.each(['0.0.0.0', '::', '', '192.168.1.5', 'example.com', '127.0.0.1.example.com', '128.0.0.1'])(
    'may not leave code unconfined while the server listens on "%s"',
    (listenerHost) => {
      expect(policyFaults({ ...asked, listenerHost })).toEqual([
        { setting: 'ICEOS_SANDBOX', message: expect.stringContaining('ICEOS_HOST=127.0.0.1') },
      ]);
    },
  );

  it('take a launcher and its digest together only', () => {
    const launcher = '/opt/launcher';
    const launcherSha256 = 'a'.repeat(64);
    expect(policyFaults({ ...asked, launcher, launcherSha256 })).toEqual([]);
    expect(policyFaults({ ...asked, launcher })[0]).toMatchObject({
      setting: 'ICEOS_LAUNCHER',
      message: expect.stringContaining('together with ICEOS_LAUNCHER_SHA256'),
    });
    expect(policyFaults({ ...asked, launcherSha256 })[0]?.setting).toBe('ICEOS_LAUNCHER_SHA256');
  });
});

describe('the least layer', () => {
  const machine = (...has: readonly LayerName[]): readonly LayerFinding[] =>
    (['full', 'base', 'cgroup', 'shell'] as const).map((name) =>
      has.includes(name)
        ? { name, available: true }
        : { name, available: false, why: `no ${name}`, remedy: `get ${name}` },
    );
  const isRefused = (leastLayer: LeastLayer, findings: readonly LayerFinding[]): boolean =>
    leastLayerFault({ setting: 'confined', leastLayer }, findings) !== undefined;

  it.each([
    ['nothing', machine(), [true, true, true]],
    ['control groups alone', machine('cgroup'), [true, true, true]],
    ['base', machine('base'), [false, true, true]],
    ['base with control groups', machine('base', 'cgroup'), [false, true, true]],
    ['full', machine('full', 'base', 'shell'), [false, false, true]],
    ['all', machine('full', 'base', 'cgroup', 'shell'), [false, false, false]],
  ] as const)('decides on a machine with %s', (_name, findings, refused) => {
    expect((['base', 'full', 'cgroup'] as const).map((least) => isRefused(least, findings))).toEqual(refused);
  });

  it('says what is missing, why, and what to do', () => {
    const fault = leastLayerFault({ setting: 'confined', leastLayer: 'cgroup' }, machine('base'));
    expect(fault?.split('\n')).toEqual([
      expect.stringContaining('ICEOS_SANDBOX_LEAST_LAYER=cgroup'),
      'full: no full',
      'get full',
      'cgroup: no cgroup',
      'get cgroup',
      expect.stringMatching(/iceos doctor.*ICEOS_SANDBOX=best-available/),
    ]);
  });

  it('binds nobody who did not ask to be confined', () => {
    expect(leastLayerFault({ setting: 'best-available', leastLayer: 'cgroup' }, machine())).toBeUndefined();
    expect(leastLayerFault({ setting: 'development', leastLayer: 'full' }, machine())).toBeUndefined();
  });
});

describe('isLoopback', () => {
  it.each(['localhost', '127.0.0.1', '127.8.9.10', '::1', '[::1]', 'LOCALHOST'])('is true for %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(['0.0.0.0', '::', '127.evil.example', '10.0.0.1', '1270.0.0.1'])('is false for %s', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
