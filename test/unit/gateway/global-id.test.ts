import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeGlobalId, encodeGlobalId, localId, NODE_TYPES } from '../../../src/gateway/global-id.ts';

describe('A global ID', () => {
  it('is base64url without padding and gives back what it was made of', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NODE_TYPES), fc.string({ minLength: 1 }), (typename, id) => {
        const text = encodeGlobalId(typename, id);
        expect(text).toMatch(/^[\w-]+$/);
        expect(decodeGlobalId(text)).toEqual({ typename, id });
      }),
    );
  });

  it('is not recognised in any other text, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(decodeGlobalId(text)).toEqual({ typename: '', id: text });
      }),
    );
  });

  it('is not recognised when it is padded or of an unknown type', () => {
    expect(decodeGlobalId(`${encodeGlobalId('Blueprint', '1')}=`).typename).toBe('');
    expect(decodeGlobalId(encodeGlobalId('Query', '1')).typename).toBe('');
  });

  it('names a thing of one type only', () => {
    expect(localId('Blueprint', encodeGlobalId('Blueprint', 'a'))).toBe('a');
    expect(localId('Execution', encodeGlobalId('Blueprint', 'a'))).toBeUndefined();
  });
});
