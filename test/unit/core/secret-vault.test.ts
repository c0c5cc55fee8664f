import { randomBytes } from 'node:crypto';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { CANNOT_OPEN, contextOf, seal, unseal, type Sealed } from '../../../src/core/envelope.ts';
import { DEFAULT_TENANT, TenantId } from '../../../src/core/ids.ts';
import { formatMasterKey, parseMasterKey, toMasterKey } from '../../../src/core/master-key.ts';
import { createSecretVault, type SecretPlace } from '../../../src/core/secret-vault.ts';

const tenant = DEFAULT_TENANT;
const other = TenantId.parse('00000000-0000-7000-8000-000000000002');
const old = toMasterKey(Buffer.alloc(32, 1));
const current = toMasterKey(Buffer.alloc(32, 2));
const vault = createSecretVault({ current, previous: undefined }, randomBytes);
const dataKey = vault.newDataKey({ id: 'one', tenant });
const place: SecretPlace = { tenant, name: 'token', version: 1 };

function sealed(value: string, at = place): Sealed {
  const made = vault.seal(value, at, dataKey);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
const refused = { ok: false, error: CANNOT_OPEN };
const flipped = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
const texts = fc.string({ unit: 'binary', maxLength: 200 });

describe('a sealed secret', () => {
  test.prop([texts])('opens where it was sealed, with another ciphertext each time', (value) => {
    const [one, two] = [sealed(value), sealed(value)];
    expect(vault.open(one, place, dataKey)).toEqual({ ok: true, value: Buffer.from(value).toString() });
    expect(Buffer.from(one.nonce).equals(two.nonce)).toBe(false);
    expect(Buffer.from(one.ciphertext).equals(two.ciphertext)).toBe(false);
  });

  test.prop([texts, fc.nat()])('does not open when one bit of it is another', (value, at) => {
    const { nonce, ciphertext } = sealed(value);
    const inText = { nonce, ciphertext: flipped(ciphertext, at % (8 * ciphertext.length)) };
    expect(vault.open(inText, place, dataKey)).toEqual(refused);
    expect(vault.open({ nonce: flipped(nonce, at % 96), ciphertext }, place, dataKey)).toEqual(refused);
  });

  test.prop([texts, fc.nat()])('does not open when one bit of its data key is another', (value, at) => {
    const { nonce, ciphertext } = dataKey.wrapped;
    const wrapped = { nonce, ciphertext: flipped(ciphertext, at % (8 * ciphertext.length)) };
    expect(vault.open(sealed(value), place, { ...dataKey, wrapped })).toEqual(refused);
  });

  test.prop([texts])('does not open in another place', (value) => {
    const here = sealed(value);
    for (const there of [{ tenant: other }, { name: 'tokem' }, { name: 'token1' }, { version: 2 }, { version: 11 }])
      expect(vault.open(here, { ...place, ...there }, dataKey)).toEqual(refused);
  });

  test.prop([texts])('does not open with another data key, nor with that of another tenant', (value) => {
    const here = sealed(value);
    expect(vault.open(here, place, vault.newDataKey({ id: 'one', tenant }))).toEqual(refused);
    expect(vault.open(here, place, { ...dataKey, tenant: other })).toEqual(refused);
    expect(vault.open(here, place, { ...dataKey, id: 'two' })).toEqual(refused);
  });

  it.each([0, 15])('of %i bytes is none', (length) => {
    const ciphertext = Buffer.alloc(length);
    expect(vault.open({ ...sealed('abcdefgh'), ciphertext }, place, dataKey)).toEqual(refused);
    expect(vault.open({ ...sealed('abcdefgh'), nonce: ciphertext }, place, dataKey)).toEqual(refused);
  });
});

describe('a context', () => {
  const parts = fc.array(fc.string({ maxLength: 8 }), { maxLength: 4 });
  test.prop([parts, parts])('is the same for the same parts alone', (one, two) => {
    const equal = JSON.stringify(one) === JSON.stringify(two);
    expect(Buffer.from(contextOf(...one)).equals(contextOf(...two))).toBe(equal);
    expect(Buffer.from(contextOf(...one, '')).equals(contextOf(...one))).toBe(false);
    expect(Buffer.from(contextOf('ab', 'c')).equals(contextOf('a', 'bc'))).toBe(false);
  });

  it('is authenticated', () => {
    const key = Buffer.alloc(32, 7);
    const made = seal(Buffer.from('value'), { key, context: contextOf('a') }, randomBytes);
    expect(unseal(made, { key, context: contextOf('a') })).toMatchObject({ ok: true });
    expect(unseal(made, { key, context: contextOf('b') })).toEqual(refused);
  });
});

describe('a master key', () => {
  it('opens what it wrapped as long as it is there, and rewraps it for the next', () => {
    const before = createSecretVault({ current: old, previous: undefined }, randomBytes);
    const both = createSecretVault({ current, previous: old }, randomBytes);
    const wrapped = before.newDataKey({ id: 'one', tenant });
    const made = before.seal('abcdefgh', place, wrapped);
    if (!made.ok) throw new Error(made.error);
    expect(both.open(made.value, place, wrapped)).toEqual({ ok: true, value: 'abcdefgh' });
    const again = both.rewrap(wrapped);
    if (!again.ok) throw new Error(again.error);
    expect(again.value).toMatchObject({ id: 'one', tenant, masterKeyId: current.id });
    expect(vault.open(made.value, place, again.value)).toEqual({ ok: true, value: 'abcdefgh' });
    expect(vault.open(made.value, place, wrapped)).toEqual({ ok: false, error: expect.stringContaining(old.id) });
    // A row that says another master key than it was wrapped with does not pass.
    expect(both.open(made.value, place, { ...wrapped, masterKeyId: current.id })).toEqual(refused);
    expect([both.hasMasterKey(old.id), vault.hasMasterKey(old.id)]).toEqual([true, false]);
  });

  it('is 32 bytes in base64', () => {
    expect(parseMasterKey(formatMasterKey(current.key))).toEqual({ ok: true, value: current });
    expect(parseMasterKey(Buffer.from(current.key).toString('base64'))).toEqual({ ok: true, value: current });
  });

  it.each([
    ['', /is empty\. Make one/],
    [' \n', /is empty/],
    ['hunter2 hunter2', /is not base64/],
    [Buffer.alloc(31).toString('base64'), /has 31 bytes in base64, and a key has 32/],
    [Buffer.alloc(33).toString('base64'), /has 33 bytes/],
    [Buffer.alloc(32).toString('hex'), /has 48 bytes/],
  ])('that is another text is refused: %j', (text, sentence) => {
    const parsed = parseMasterKey(text);
    expect(parsed).toEqual({ ok: false, error: expect.stringMatching(sentence) });
    if (text.trim() !== '') expect(JSON.stringify(parsed)).not.toContain(text);
  });
});
