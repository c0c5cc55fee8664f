import { describe, expect, it } from 'vitest';
import { decideSandbox, isLoopbackHost, type SandboxPolicyInput } from '../../../src/sandbox/policy.ts';

const asked: SandboxPolicyInput = {
  setting: 'best-available',
  listenerHosts: ['127.0.0.1'],
  nodeEnv: undefined,
  platform: 'linux',
};

describe('the sandbox policy', () => {
  it('refuses to run foreign code that nobody asked to run without confinement', () => {
    const decided = decideSandbox({ ...asked, setting: 'confined' });
    expect(decided.ok ? '' : decided.error).toMatch(/ICEOS_SANDBOX=best-available/);
  });

  it.each(['best-available', 'development'] as const)(
    'gives the development sandbox on loopback when asked with %s',
    (setting) => {
      const decided = decideSandbox({ ...asked, setting });
      expect(decided).toMatchObject({ ok: true, value: { layer: 'development' } });
      expect(decided.ok ? decided.value.note : '').toMatch(/nothing confines them/);
    },
  );

  it('refuses it in production', () => {
    expect(decideSandbox({ ...asked, nodeEnv: 'production' })).toMatchObject({
      ok: false,
      error: expect.stringContaining('NODE_ENV=production'),
    });
  });

  it.each(['0.0.0.0', '::', '', '192.168.1.5', 'example.com', '127.0.0.1.example.com', '128.0.0.1'])(
    'refuses it while the server listens on "%s"',
    (host) => {
      expect(decideSandbox({ ...asked, listenerHosts: ['127.0.0.1', host] }).ok).toBe(false);
    },
  );

  it.each(['localhost', '127.0.0.1', '127.8.9.10', '::1', '[::1]', 'LOCALHOST'])('takes %s for loopback', (host) => {
    expect(isLoopbackHost(host)).toBe(true);
  });
});
