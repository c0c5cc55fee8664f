import { expect, it } from 'vitest';
import { effectiveLimits } from '../../../src/registry/effective-limits.ts';
import { DEFAULT_LIMITS } from '../../../src/usage/limits.ts';

it('takes what whoever calls says, else what the tool says, else the default', () => {
  expect(effectiveLimits(undefined, undefined)).toEqual(DEFAULT_LIMITS);
  expect(effectiveLimits(undefined, { timeoutMs: 500, memoryBytes: 20_000_000 })).toMatchObject({
    ...{ timeoutMs: 500, cpuMs: 1_000, memoryBytes: 20_000_000 },
  });
  expect(effectiveLimits({ timeoutMs: 900 }, { timeoutMs: 500, cpuMs: 70, outputBytes: 10 })).toMatchObject({
    ...{ timeoutMs: 900, cpuMs: 1_800, outputBytes: 10 },
  });
  expect(effectiveLimits({ outputBytes: 5 }, { cpuMs: 70 })).toMatchObject({ cpuMs: 70, outputBytes: 5 });
});
