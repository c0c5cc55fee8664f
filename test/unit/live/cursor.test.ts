import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { ExecutionId } from '../../../src/core/ids.ts';
import { decodeCursor, encodeCursor } from '../../../src/live/cursor.ts';

const ID = ExecutionId.parse('01890000-0000-7000-8000-000000000001');
const OTHER = ExecutionId.parse('01890000-0000-7000-8000-000000000002');

describe('A cursor', () => {
  test.prop([fc.uuid({ version: 7 }), fc.nat(2 ** 31 - 1)])('gives its sequence back', (id, sequence) => {
    const executionId = ExecutionId.parse(id);
    const cursor = encodeCursor(executionId, sequence);
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(decodeCursor(executionId, cursor)).toEqual({ ok: true, value: sequence });
  });

  it('is refused by another execution', () => {
    const decoded = decodeCursor(OTHER, encodeCursor(ID, 7));
    expect(decoded).toEqual({ ok: false, error: expect.stringContaining('another execution') });
  });

  it('is refused behind everything that an execution can hold', () => {
    expect(decodeCursor(ID, encodeCursor(ID, 2 ** 40))).toEqual({
      ok: false,
      error: expect.stringContaining('behind'),
    });
  });

  test.prop([fc.oneof(fc.string(), fc.base64String())])('is refused when nobody made it', (text) => {
    expect(decodeCursor(ID, text)).toEqual({ ok: false, error: expect.stringContaining('no cursor') });
  });

  it('has one spelling', () => {
    const cursor = encodeCursor(ID, 7);
    for (const other of [`${cursor}=`, `${cursor} `, `${cursor.slice(0, -1)}${cursor.endsWith('d') ? 'e' : 'd'}`]) {
      expect(decodeCursor(ID, other).ok).toBe(false);
    }
  });
});
