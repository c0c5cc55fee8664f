import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../../src/config.ts';
import { EXIT } from '../../../src/cli/exit-code.ts';

const withoutComments = async (file: string): Promise<string> =>
  (await readFile(file, 'utf8')).replaceAll(/^#.*$/gm, '');

describe('the unit of systemd', async () => {
  const unit = await withoutComments('deploy/systemd/iceos.service');
  const entries = [...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const);
  const valueOf = (name: string): string | undefined => entries.find(([each]) => each === name)?.[1];
  const names = entries.map(([name]) => name);

  it('hands control groups over, and goes on when a worker meets its limit', () => {
    expect(valueOf('Delegate')).toBe('memory pids');
    expect(valueOf('OOMPolicy')).toBe('continue');
    expect(names).toContain('MemoryMax');
  });

  it('takes nothing away that the launcher needs', () => {
    const harmful = [
      ...['RestrictNamespaces', 'ProtectHostname', 'SystemCallFilter', 'PrivateUsers', 'MemoryDenyWriteExecute'],
      ...['ProtectKernelTunables', 'ProtectKernelLogs', 'ProtectProc', 'ProcSubset', 'ProtectControlGroups'],
    ];
    expect(names.filter((name) => harmful.includes(name))).toEqual([]);
    expect(entries.filter(([name]) => name === 'Environment').map(([, value]) => value)).toContain(
      'ICEOS_SANDBOX_LEAST_LAYER=full',
    );
  });

  it('takes the rest', () => {
    const taken = { NoNewPrivileges: 'yes', CapabilityBoundingSet: '', ProtectSystem: 'strict', PrivateTmp: 'yes' };
    expect(Object.keys(taken).map((name) => [name, valueOf(name)])).toEqual(Object.entries(taken));
    expect(valueOf('User')).toBe('iceos');
  });

  it('gives the server the time to end well, and does not start one again that refused to start', () => {
    expect(valueOf('KillMode')).toBe('mixed');
    expect(Number(valueOf('TimeoutStopSec')) * 1_000).toBeGreaterThan(SETTINGS.shutdownGraceMs.absent({}) + 5_000);
    expect(valueOf('RestartPreventExitStatus')).toBe(String(EXIT.configuration));
  });
});

describe('the profile of AppArmor', async () => {
  const profile = await withoutComments('deploy/apparmor/iceos-launcher');

  it('is of the launchers that the build puts into dist, and gives them user namespaces alone', () => {
    const [, variable, folder] = /^@\{(\w+)\}=(\S+)$/m.exec(profile) ?? [];
    expect(folder).toBe('/opt/iceos');
    const head = `profile iceos-launcher @{${variable}}/dist/launchers/launcher-{x86_64,aarch64} flags=(unconfined) {`;
    expect(profile).toContain(head);
    const rules = /\{\n((?: {2}.*\n|\n)*)\}/
      .exec(profile)?.[1]
      ?.trim()
      .split(/\n+\s*/);
    expect(rules).toEqual(['userns,', 'include if exists <local/iceos-launcher>']);
  });
});
