import { describe, expect, it } from 'vitest';
import { auditFaults, licenceFaults } from '../../../scripts/dependency-faults.ts';

const lock = (more: object): string =>
  JSON.stringify({
    packages: { '': { name: 'ours' }, 'node_modules/a': { version: '1.0.0', license: 'MIT', ...more } },
  });

describe('licences of what users get', () => {
  it.each([
    {},
    { license: '(GPL-3.0 OR MIT)' },
    { license: 'ISC AND BSD-3-Clause' },
    { license: 'GPL-3.0', dev: true },
  ])('may be %j', (more) => {
    expect(licenceFaults(lock(more)).faults).toEqual([]);
  });

  it.each([
    { license: 'GPL-3.0' },
    { license: 'MIT AND SSPL-1.0' },
    { license: undefined },
    { license: 'SEE LICENSE' },
  ])('may not be %j', (more) => {
    const { faults, count } = licenceFaults(lock(more));
    expect(count).toBe(1);
    expect(faults[0]).toMatch(/^a 1\.0\.0 has .* Users get this package/);
  });
});

describe('findings of npm audit', () => {
  const found = (severity: string): string =>
    JSON.stringify({
      vulnerabilities: { a: { severity, range: '<2', via: ['b', { title: 'It leaks', url: 'https://a.test/1' }] } },
    });

  it('count from high on', () => {
    expect(auditFaults(found('moderate'))).toEqual([]);
    expect(auditFaults(found('high'))?.[0]).toContain('a <2 has a high finding: b; It leaks https://a.test/1.');
    expect(auditFaults(found('critical'))).toHaveLength(1);
  });

  it('are unknown where the registry does not answer', () => {
    expect(auditFaults('')).toBeUndefined();
    expect(auditFaults('{"message":"405 Method Not Allowed","statusCode":405}')).toBeUndefined();
  });
});
