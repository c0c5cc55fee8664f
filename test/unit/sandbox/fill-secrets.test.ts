import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../src/sandbox/grant.ts';
import { fillSecrets } from '../../../src/sandbox/host-calls/fill-secrets.ts';

const VALUE = 'hunter2-hunter2';
const secret = (name: string, read = (): string | undefined => VALUE): Grant => ({
  kind: 'secret',
  name,
  hosts: [{ host: 'api.test', port: 443 }],
  header: 'authorization',
  read,
});
const grants: readonly Grant[] = [
  secret('token'),
  secret('gone', () => undefined),
  secret('lines', () => 'first-line\nsecond'),
  { kind: 'reveal', name: 'pin', read: () => VALUE },
];
const fill = (headers: Record<string, string>, more: { url?: string; body?: string } = {}) =>
  fillSecrets(
    {
      url: more.url ?? 'https://api.test/x',
      headers,
      ...(more.body !== undefined && { bodyBase64: Buffer.from(more.body).toString('base64') }),
    },
    grants,
  );

describe('a secret', () => {
  it('is filled into its header, for its hosts', () => {
    expect(fill({ Authorization: 'Bearer {{secret:token}}', accept: '*/*' })).toEqual({
      ok: true,
      value: { headers: { Authorization: `Bearer ${VALUE}`, accept: '*/*' }, credentials: ['authorization'] },
    });
    expect(fill({ authorization: 'Bearer {{secret:token}}' }, { url: 'https://API.test:443/' }).ok).toBe(true);
    expect(fill({ accept: 'x' })).toEqual({ ok: true, value: { headers: { accept: 'x' }, credentials: [] } });
  });

  it.each<[string, Record<string, string>, { url?: string; body?: string }, RegExp]>([
    ['another header', { 'x-key': '{{secret:token}}' }, {}, /bound to the header authorization, not to x-key/],
    [
      'another host',
      { authorization: '{{secret:token}}' },
      { url: 'https://evil.test/' },
      /not bound to evil\.test:443/,
    ],
    [
      'another port',
      { authorization: '{{secret:token}}' },
      { url: 'https://api.test:8443/' },
      /not bound to api\.test:8443/,
    ],
    ['another scheme', { authorization: '{{secret:token}}' }, { url: 'http://api.test/' }, /not bound to api\.test:80/],
    ['no URL', { authorization: '{{secret:token}}' }, { url: 'nonsense' }, /not bound to this URL/],
    ['a URL', {}, { url: 'https://api.test/?q={{secret:token}}' }, /The URL holds/],
    ['an encoded URL', {}, { url: 'https://api.test/?q=%7B%7Bsecret%3Atoken%7D%7D' }, /The URL holds/],
    ['a body', {}, { body: '{"q":"{{secret:token}}"}' }, /The body holds/],
    ['the name of a header', { '{{secret:token}}': 'x' }, {}, /The name of a header holds/],
    ['no grant', { authorization: '{{secret:other}}' }, {}, /The secret "other" is not granted/],
    ['the grant to reveal alone', { authorization: '{{secret:pin}}' }, {}, /The secret "pin" is not granted/],
    ['no value', { authorization: '{{secret:gone}}' }, {}, /has no value that this server can use/],
    ['a value that is no header', { authorization: '{{secret:lines}}' }, {}, /characters that no header may carry/],
    ['no end', { authorization: '{{secret:token' }, {}, /of no known form/],
    [
      'a second one that is not granted',
      { authorization: '{{secret:token}}{{secret:other}}' },
      {},
      /"other" is not granted/,
    ],
  ])('is refused for %s', (_, headers, more, sentence) => {
    const filled = fill(headers, more);
    expect(filled).toMatchObject({ ok: false, error: expect.stringMatching(sentence) });
    expect(JSON.stringify(filled)).not.toContain('hunter2');
    expect(JSON.stringify(filled)).not.toContain('first-line');
  });
});
