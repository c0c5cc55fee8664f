import { totalmem } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryLimitsOf } from '../../../src/app/memory-limits-of.ts';
import { MEMORY } from '../../../src/config/memory-settings.ts';
import { MIB } from '../../../src/core/units.ts';
import { parseConfig, serveFaults, SETTINGS, type Config } from '../../../src/config.ts';
import { DEFAULT_MEMORY_LIMITS } from '../../../src/store/memory-limits.ts';

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
      maxApiKeys: 1_000,
      maxKeyOverlapMs: 604_800_000,
      maxTokenDenials: 10_000,
      maxStreamTickets: 10_000,
      maxTicketLifetimeMs: 600_000,
      auditKeyFile: undefined,
      auditSealEveryMs: 5_000,
      auditMaxRangeRows: 1_000,
      auditRetentionMs: 31_536_000_000,
      auditDenialsPerMinute: 10,
      jwtJwksUrl: undefined,
      jwtAlgorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
      jwtClockSkewMs: 30_000,
      jwtMaxLifetimeMs: 3_600_000,
      jwtKeysMaxAgeMs: 600_000,
      jwtKeysCoolDownMs: 30_000,
      jwtKeysTimeoutMs: 5_000,
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

  it('bounds what all workers may have by half of the memory that there is', () => {
    const { sandboxTotalMemoryBytes: bytes } = config();
    expect(bytes).toBeLessThanOrEqual(totalmem() / 2);
    expect(bytes).toBeGreaterThan(128 * MIB);
  });

  it('reads the limits of memory, which are those of its store', () => {
    expect(memoryLimitsOf(config())).toEqual(DEFAULT_MEMORY_LIMITS);
    const names = Object.values(MEMORY).map(({ name }) => name);
    const values = Object.keys(DEFAULT_MEMORY_LIMITS).map((_, index) => index + 2);
    const parsed = config({
      ...Object.fromEntries(names.map((name, index) => [name, String(values[index] ?? 5_000)])),
    });
    expect(Object.values(memoryLimitsOf(parsed))).toEqual(values);
    expect(parsed.memoryPurgeMs).toBe(5_000);
    expect(serveFaults({ ...config(), memoryMaxResults: 9 }).map(({ message }) => message)).toEqual([
      expect.stringMatching(/^ICEOS_MEMORY_DEFAULT_RESULTS: 10 is more than ICEOS_MEMORY_MAX_RESULTS \(9\)/),
    ]);
  });

  it.each(Object.values(MEMORY).map(({ name }) => name))('bounds %s', (name) => {
    const [fault] = messages({ [name]: '0' });
    expect(fault).toMatch(new RegExp(`^${name}: must be at least \\d+`));
    expect(messages({ [name]: '999999999999' })[0]).toMatch(new RegExp(`^${name}: must be at most \\d+`));
  });

  it('reads what confines tools and code', () => {
    expect(config()).toMatchObject({
      leastLayer: 'base',
      scratchBytes: 64 * MIB,
      processes: 64,
      reusableTools: [],
      reuseCalls: 1_000,
      reuseSeconds: 300,
      interpreters: [],
      launcher: undefined,
      launcherSha256: undefined,
    });
    const environment = {
      ICEOS_SANDBOX_LEAST_LAYER: 'cgroup',
      ICEOS_SANDBOX_TOTAL_MEMORY: '1073741824',
      ICEOS_SANDBOX_SCRATCH_BYTES: '1048576',
      ICEOS_SANDBOX_PROCESSES: '24',
      ICEOS_REUSABLE_TOOLS: 'text.template, csv.parse',
      ICEOS_REUSE_CALLS: '1',
      ICEOS_REUSE_SECONDS: '86400',
      ICEOS_SHELL_INTERPRETERS: 'sh=/bin/dash, ruby3.1=/usr/bin/ruby3.1',
      ICEOS_LAUNCHER: 'my-launcher',
      ICEOS_LAUNCHER_SHA256: 'AB'.repeat(32),
    };
    expect(config(environment)).toMatchObject({
      leastLayer: 'cgroup',
      sandboxTotalMemoryBytes: 1_073_741_824,
      scratchBytes: MIB,
      processes: 24,
      reusableTools: ['text.template', 'csv.parse'],
      reuseCalls: 1,
      reuseSeconds: 86_400,
      interpreters: [
        { name: 'sh', path: '/bin/dash' },
        { name: 'ruby3.1', path: '/usr/bin/ruby3.1' },
      ],
      launcher: path.resolve('my-launcher'),
      launcherSha256: 'ab'.repeat(32),
    });
  });

  it.each([
    ['ICEOS_SANDBOX_LEAST_LAYER', 'shell', 'must be one of base, full, cgroup'],
    ['ICEOS_SANDBOX_TOTAL_MEMORY', '1000000', 'at least 134217728'],
    ['ICEOS_SANDBOX_SCRATCH_BYTES', '0', 'at least 1048576'],
    ['ICEOS_SANDBOX_SCRATCH_BYTES', '999999999999', 'at most 17179869184'],
    ['ICEOS_SANDBOX_PROCESSES', '8', 'at least 24'],
    ['ICEOS_SANDBOX_PROCESSES', '5000', 'at most 1024'],
    ['ICEOS_REUSE_CALLS', '0', 'at least 1'],
    ['ICEOS_REUSE_SECONDS', '90000', 'at most 86400'],
    ['ICEOS_REUSABLE_TOOLS', 'a,-b', 'entry 2: must be the name of a tool'],
    ['ICEOS_SHELL_INTERPRETERS', 'sh=bin/sh', 'must be name=absolute path'],
    ['ICEOS_LAUNCHER_SHA256', 'abc', 'must be a SHA-256'],
  ])('refuses %s=%s', (name, value, message) => {
    expect(messages({ [name]: value })).toEqual([expect.stringContaining(message)]);
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

  it('serves confined on any address and in production', () => {
    expect(serveFaults(config())).toEqual([]);
    expect(serveFaults(config({ ICEOS_HOST: '0.0.0.0', NODE_ENV: 'production' }))).toEqual([]);
  });

  it('wants a launcher and its digest together', () => {
    expect(settings(serveFaults(config({ ICEOS_LAUNCHER: './launcher' })))).toEqual(['ICEOS_LAUNCHER']);
    const digest = { ICEOS_LAUNCHER_SHA256: 'AB'.repeat(32) };
    expect(settings(serveFaults(config(digest)))).toEqual(['ICEOS_LAUNCHER_SHA256']);
    expect(serveFaults(config({ ...digest, ICEOS_LAUNCHER: './launcher' }))).toEqual([]);
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

describe('Settings of tokens', () => {
  const all = {
    ICEOS_JWT_JWKS_URL: 'https://login.test/keys',
    ICEOS_JWT_ISSUER: 'https://login.test/',
    ICEOS_JWT_AUDIENCE: 'iceos, api',
  };

  it('are all there, or none', () => {
    expect(serveFaults(config(all))).toEqual([]);
    expect(config(all).jwtAudience).toEqual(['iceos', 'api']);
    for (const missing of Object.keys(all)) {
      const faults = serveFaults(config({ ...all, [missing]: '' }));
      expect(faults).toMatchObject([{ setting: missing, message: expect.stringContaining('is missing') }]);
    }
    expect(serveFaults(config({ ICEOS_JWT_JWKS_URL: all.ICEOS_JWT_JWKS_URL }))).toHaveLength(2);
  });

  it('take keys over https, or http on loopback, and public algorithms alone', () => {
    for (const url of ['http://127.0.0.1:80/keys', 'http://localhost/keys', 'http://[::1]:1/keys']) {
      expect(config({ ICEOS_JWT_JWKS_URL: url }).jwtJwksUrl).toBe(url);
    }
    for (const url of [
      'http://login.test/keys',
      'http://127.0.0.1.login.test/',
      'https://user:pass@login.test/',
      'file:///keys',
    ]) {
      expect(messages({ ICEOS_JWT_JWKS_URL: url }), url).toEqual([expect.stringContaining('must be a URL of https')]);
    }
    for (const algorithm of ['none', 'HS256', 'HS512', 'dir', 'rs256']) {
      const given = { ICEOS_JWT_ALGORITHMS: `ES256,${algorithm}` };
      expect(messages(given), algorithm).toEqual([expect.stringContaining('entry 2: must be one of RS256')]);
    }
    expect(messages({ ICEOS_JWT_MAX_LIFETIME_MS: '3600001' })).toEqual([expect.stringContaining('at most 3600000')]);
  });
});
