import { createHmac } from 'node:crypto';
import { KEY_BYTES } from './envelope.ts';
import { err, ok, type Result } from './result.ts';

/** A key that wraps the data keys of all tenants. */
export interface MasterKey {
  /** Follows from the key and does not tell it: rows name by it what they were wrapped with. */
  readonly id: string;
  readonly key: Uint8Array;
}

/** The keys that a process has: it wraps with the current one, and opens with both. */
export interface MasterKeys {
  readonly current: MasterKey;
  readonly previous: MasterKey | undefined;
}

const ID_LENGTH = 16;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const HOW = 'Make one with: head -c 32 /dev/urandom | base64';

export const toMasterKey = (key: Uint8Array): MasterKey => ({
  id: createHmac('sha256', key).update('iceos master key id').digest('hex').slice(0, ID_LENGTH),
  key,
});

/** 32 bytes in base64, with or without a line break behind them. The sentence of a failure holds nothing of the text. */
export function parseMasterKey(given: string): Result<MasterKey, string> {
  const text = given.trim();
  if (text === '') return err(`is empty. ${HOW}`);
  if (!BASE64.test(text)) return err(`is not base64. ${HOW}`);
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES) return err(`has ${key.length} bytes in base64, and a key has ${KEY_BYTES}. ${HOW}`);
  return ok(toMasterKey(key));
}

/** The text of a key, as `parseMasterKey` reads it. */
export const formatMasterKey = (key: Uint8Array): string => `${Buffer.from(key).toString('base64')}\n`;
