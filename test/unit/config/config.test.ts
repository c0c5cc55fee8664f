import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLoopback, parseConfig, serveFaults, SETTINGS, type Config } from '../../../src/config.ts';

function config(environment: Record<string, string> = {}): Config {
  const parsed = parseConfig(environment);
  if (!parsed.ok) throw new Error(parsed.error.map((fault) => fault.message).join('\n'));
  return parsed.value;
}

function messages(environment: Record<string, string>): readonly string[] {
  const parsed = parseConfig(environment);
  return parsed.ok ? [] : parsed.error.map((fault) => fault.message);
}

describe('parseConfig', () => {
  it('has a default for everything', () => {
    expect(config()).toMatchObject({
      databaseUrl: undefined,
      dataDir: path.resolve('.iceos'),
      host: '127.0.0.1',
      port: 4000,
      role: 'all',
      sandbox: 'confined',
      heartbeatMs: 2_000,
      leaseMs: 8_000,
      killGraceMs: 1_000,
      shutdownGraceMs: 10_000,
      pureNodes: 'commit',
      maxLagMs: 30_000,
      folders: [],
      graphiql: true,
      introspection: true,
      noColor: false,
    });
    expect(config().maxWorkers).toBeGreaterThanOrEqual(2);
  });

  it('takes an empty value as absent', () => {
    expect(config({ ICEOS_PORT: '', DATABASE_URL: '  ' })).toMatchObject({ port: 4000, databaseUrl: undefined });
  });

  it('reads numbers, words, switches and lists', () => {
    const parsed = config({
      ICEOS_PORT: '0',
      ICEOS_ROLE: 'gateway',
      ICEOS_GRAPHIQL: 'OFF',
      ICEOS_ALLOWED_HOSTS: 'Ice.example.com, other',
      ICEOS_FOLDERS: 'reports=/srv/reports,here=.',
      ICEOS_EGRESS_PRIVATE_HOSTS: 'API.example.com:443,[::1]:80',
      NO_COLOR: '0',
    });
    expect(parsed).toMatchObject({
      port: 0,
      role: 'gateway',
      graphiql: false,
      allowedHosts: ['ice.example.com', 'other'],
      folders: [
        { name: 'reports', path: path.resolve('/srv/reports') },
        { name: 'here', path: path.resolve('.') },
      ],
      egressPrivateHosts: [
        { host: 'api.example.com', port: 443 },
        { host: '::1', port: 80 },
      ],
      noColor: true,
    });
  });

  it('turns playground and introspection off in production unless asked for', () => {
    expect(config({ NODE_ENV: 'production' })).toMatchObject({ graphiql: false, introspection: false });
    expect(config({ NODE_ENV: 'production', ICEOS_GRAPHIQL: 'on' })).toMatchObject({ graphiql: true });
  });

  it('takes any name of a continuous integration for on, and only a plain no for off', () => {
    const read = (value: string): boolean => config({ CI: value }).continuousIntegration;
    expect(['woodpecker', 'true', '1', 'azure'].map(read)).toEqual([true, true, true, true]);
    expect(['0', 'False', 'off', 'no', ''].map(read)).toEqual([false, false, false, false, false]);
  });

  it('lists all faults at once, each with its setting', () => {
    const found = messages({
      ICEOS_PORT: '70000',
      ICEOS_ROLE: 'boss',
      DATABASE_URL: 'mysql://x',
      ICEOS_EGRESS_PRIVATE_HOSTS: 'a:1,b,c:99999',
      ICEOS_PROT: '1',
    });
    expect(found).toHaveLength(6);
    for (const name of [
      'ICEOS_PORT',
      'ICEOS_ROLE',
      'DATABASE_URL',
      'ICEOS_EGRESS_PRIVATE_HOSTS, entry 2',
      'ICEOS_PROT',
    ]) {
      expect(found.some((message) => message.startsWith(name))).toBe(true);
    }
  });

  it('names every setting once', () => {
    const names = Object.values(SETTINGS).map((setting) => setting.name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('serveFaults', () => {
  const settings = (faults: ReturnType<typeof serveFaults>): readonly string[] => faults.map((fault) => fault.setting);

  it('refuses to serve without a confining sandbox, and says what to set', () => {
    expect(serveFaults(config())[0]?.message).toContain('ICEOS_SANDBOX=best-available');
  });

  it('accepts the development sandbox on a loopback address', () => {
    expect(serveFaults(config({ ICEOS_SANDBOX: 'best-available' }))).toEqual([]);
    expect(serveFaults(config({ ICEOS_SANDBOX: 'development', ICEOS_HOST: '::1' }))).toEqual([]);
  });

  it('refuses the development sandbox in production and for other machines', () => {
    const environment = { ICEOS_SANDBOX: 'development', ICEOS_HOST: '0.0.0.0', NODE_ENV: 'production' };
    expect(settings(serveFaults(config(environment)))).toEqual(['ICEOS_SANDBOX', 'ICEOS_SANDBOX']);
  });

  it('asks a gateway for no sandbox, as nothing runs there', () => {
    const environment = { ICEOS_ROLE: 'gateway', DATABASE_URL: 'postgres://localhost/x' };
    expect(serveFaults(config(environment))).toEqual([]);
  });

  it.each(['gateway', 'orchestrator'])('opens the sandbox through a lone %s to no other machine', (role) => {
    const environment = { ICEOS_ROLE: role, DATABASE_URL: 'postgres://localhost/x', ICEOS_SANDBOX: 'development' };
    expect(settings(serveFaults(config({ ...environment, ICEOS_HOST: '0.0.0.0' })))).toEqual(['ICEOS_SANDBOX']);
    expect(settings(serveFaults(config({ ...environment, NODE_ENV: 'production' })))).toEqual(['ICEOS_SANDBOX']);
  });

  it('refuses a lease that a heartbeat cannot hold, and a single role on the embedded database', () => {
    const environment = { ICEOS_SANDBOX: 'development', ICEOS_LEASE_MS: '4000', ICEOS_ROLE: 'orchestrator' };
    expect(settings(serveFaults(config(environment)))).toEqual(['ICEOS_LEASE_MS', 'ICEOS_ROLE']);
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('is true for %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(['0.0.0.0', '::', '127.evil.example', '10.0.0.1', '1270.0.0.1'])('is false for %s', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
