import { describe, expect, it } from 'vitest';
import { shellFinding } from '../../../src/sandbox/shell-finding.ts';

const interpreters = { found: { sh: '/bin/sh' }, missing: [] };
const all = { listsChildren: true, groupsCount: true, isCounted: true };

describe('Tools in other languages', () => {
  it('are there with all bounds by control groups, or by what the kernel lists and counts', () => {
    const groups = { listsChildren: false, groupsCount: true, isCounted: false };
    const supervisor = { listsChildren: true, groupsCount: false, isCounted: true };
    expect([groups, supervisor].map((bounds) => shellFinding('full', interpreters, bounds))).toEqual(
      Array(2).fill({ name: 'shell', available: true }),
    );
  });

  it('are refused where nothing finds what they start', () => {
    expect(shellFinding('full', interpreters, { ...all, listsChildren: false, groupsCount: false })).toEqual({
      name: 'shell',
      available: false,
      why: expect.stringContaining('does not list the children'),
      remedy: expect.stringContaining('control groups'),
    });
  });

  it('are there, with a word on what is not bounded, where nobody counts what they do not wait for', () => {
    expect(shellFinding('full', interpreters, { ...all, groupsCount: false, isCounted: false })).toEqual({
      name: 'shell',
      available: true,
      why: expect.stringContaining('limit of time alone'),
      remedy: expect.stringContaining('perf_event_paranoid'),
    });
  });

  it('need the full layer, and an interpreter', () => {
    expect(shellFinding('base', interpreters, all)).toMatchObject({
      available: false,
      why: expect.stringContaining('full layer'),
    });
    expect(shellFinding('full', { found: {}, missing: [['sh', '/bin/sh']] }, all)).toMatchObject({
      available: false,
      why: 'there is no sh at /bin/sh',
    });
  });
});
