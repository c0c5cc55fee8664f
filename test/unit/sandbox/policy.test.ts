import { describe, expect, it } from 'vitest';
import { decideSandbox, isLoopbackHost, type SandboxPolicyInput } from '../../../src/sandbox/policy.ts';

const asked: SandboxPolicyInput = {
  setting: 'best-available',
  listenerHosts: ['127.0.0.1'],
  nodeEnv: undefined,
};

describe('the sandbox policy', () => {
  it('refuses to run foreign code that nobody asked to run without confinement', () => {
    const decided = decideSandbox({ ...asked, setting: 'confined' });
    expect(decided.ok ? '' : decided.error).toMatch(/ICEOS_SANDBOX=best-available/);
  });

  it.each(['best-available', 'development'] as const)(
    'lets foreign code run on loopback when asked with %s',
    (setting) => {
      expect(decideSandbox({ ...asked, setting })).toEqual({ ok: true, value: setting });
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
