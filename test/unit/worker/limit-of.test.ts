import { describe, expect, it } from 'vitest';
import { limitOf } from '../../../src/worker/limit-of.ts';
import { ScriptFailure } from '../../../src/worker/load-script.ts';

const withCode = (code: string, more: object = {}): Error => Object.assign(new Error(code), { code, ...more });

describe('The limit that an error tells of', () => {
  it.each([
    [withCode('ENOSPC'), 'disk'],
    [withCode('EFBIG'), 'disk'],
    [withCode('ENOMEM'), 'memory'],
    [withCode('ERR_WORKER_INIT_FAILED'), 'processes'],
    [withCode('EAGAIN', { syscall: 'spawn sh' }), 'processes'],
    [withCode('EAGAIN', { syscall: 'read' }), undefined],
    [new RangeError('Array buffer allocation failed'), 'memory'],
    [new RangeError('Invalid array length'), undefined],
    [new Error('Array buffer allocation failed'), undefined],
    [new ScriptFailure('full', { retryable: false, limit: 'disk' }), 'disk'],
    [new ScriptFailure('broken', { retryable: false }), undefined],
    ['ENOSPC', undefined],
    [null, undefined],
  ])('of %s is %s', (thrown, limit) => {
    expect(limitOf(thrown)).toBe(limit);
  });
});
