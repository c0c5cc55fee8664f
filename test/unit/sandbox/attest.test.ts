import { describe, expect, it } from 'vitest';
import { findCanaryFault, findLimitFault, findStatusFault } from '../../../src/sandbox/attest.ts';

const status = (changes: Readonly<Record<string, string>> = {}): string =>
  Object.entries({
    Name: 'node',
    NSpid: '4711\t2',
    CapInh: '0000000000000000',
    CapPrm: '0000000000000000',
    CapEff: '0000000000000000',
    CapBnd: '0000000000000000',
    CapAmb: '0000000000000000',
    NoNewPrivs: '1',
    Seccomp: '2',
    Seccomp_filters: '1',
    ...changes,
  })
    .map(([name, value]) => `${name}:\t${value}\n`)
    .join('');

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max open files            256                  256                  files
Max core file size        0                    0                    bytes
`;

describe('A worker is attested', () => {
  it('when the kernel says of it what was planned', () => {
    expect(findStatusFault(status(), 'full')).toBeUndefined();
    expect(findLimitFault(LIMITS, { NOFILE: 256, CORE: 0 })).toBeUndefined();
  });

  it.each([
    ['Seccomp', '0'],
    ['Seccomp', '1'],
    ['NoNewPrivs', '0'],
    ['CapEff', '0000000000200000'],
    ['CapPrm', '000001ffffffffff'],
    ['CapBnd', '000001ffffffffff'],
    ['CapAmb', '0000000000000001'],
    ['NSpid', '4711'],
  ])('not with %s %s', (name, value) => {
    expect(findStatusFault(status({ [name]: value }), 'full')).toBe(`${name} is ${value}`);
  });

  it('without namespaces in the base layer, whose bounding set an ordinary user cannot empty', () => {
    const changes = { NSpid: '4711', CapBnd: '000001ffffffffff' };
    expect(findStatusFault(status(changes), 'base')).toBeUndefined();
    expect(findStatusFault(status({ ...changes, Seccomp: '0' }), 'base')).toBe('Seccomp is 0');
  });

  it('not when nothing can be read of it: it is gone', () => {
    expect(findStatusFault('', 'base')).toBe('Seccomp is nothing');
    expect(findLimitFault('', { CORE: 0 })).toBe('the limit CORE is not 0');
  });

  it.each([
    ['another value', { NOFILE: 128 }],
    ['a soft limit alone', { CORE: 0, FSIZE: 1 }],
    ['a limit that nobody knows', { WISHES: 3 }],
  ])('not with %s', (_what, planned) => {
    const text = `${LIMITS}Max file size             1                    unlimited            bytes\n`;
    expect(findLimitFault(text, planned)).toMatch(/^the limit \w+ is not \d+$/);
  });
});

describe('What the program of a worker tried', () => {
  const refused = { list: 'EACCES', connect: 'EACCES', start: 'EPERM' };

  it('is refused everywhere, each in its way', () => {
    for (const layer of ['base', 'full'] as const) {
      expect(findCanaryFault(refused, { layer, profile: 'js' })).toBeUndefined();
      expect(findCanaryFault({ ...refused, start: '' }, { layer, profile: 'shell' })).toBeUndefined();
    }
  });

  it.each([
    [{ list: '' }, 'it may list the folder /'],
    [{ connect: '' }, 'it may open a socket'],
    [{ start: '' }, 'it may start a process'],
    // Nobody listens there: the socket was made all the same. Or it failed for a reason that proves nothing.
    [{ connect: 'ECONNREFUSED' }, 'to open a socket fails with ECONNREFUSED instead of EACCES'],
    [{ list: 'ENOENT' }, 'to list the folder / fails with ENOENT instead of EACCES'],
  ])('or it is given no call: %j', (canaries, fault) => {
    expect(findCanaryFault({ ...refused, ...canaries }, { layer: 'full', profile: 'js' })).toBe(fault);
  });

  it('promises nothing in development', () => {
    const nothing = { list: '', connect: '', start: '' };
    expect(findCanaryFault(nothing, { layer: 'development', profile: 'js' })).toBeUndefined();
  });
});
