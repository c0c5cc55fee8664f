import { describe, expect, it } from 'vitest';
import { redirected, type Redirectable } from '../../../src/egress/redirects.ts';
import { parseTarget } from '../../../src/egress/target.ts';

const post: Redirectable = {
  method: 'POST',
  url: 'https://api.example.com/a/b',
  headers: { Authorization: 'Bearer secret', Cookie: 'id=1', 'Content-Type': 'text/plain', accept: '*/*' },
  body: Buffer.from('x'),
  credentials: [],
};

describe('a redirect', () => {
  it.each([301, 302, 303])('with %i turns a POST into a GET without its body', (status) => {
    const next = redirected(post, status, '/c');
    expect(next).toMatchObject({ method: 'GET', url: 'https://api.example.com/c', body: undefined });
    expect(Object.keys(next?.headers ?? {})).toEqual(['Authorization', 'Cookie', 'accept']);
  });

  it.each([307, 308])('with %i repeats method and body', (status) => {
    expect(redirected(post, status, 'c')).toEqual({ ...post, url: 'https://api.example.com/a/c' });
  });

  it.each([
    'https://other.example.com/',
    'http://api.example.com/',
    'https://api.example.com:8443/',
    '//other.example.com/',
  ])('to another origin drops what proves who asks: %s', (location) => {
    expect(redirected(post, 307, location)?.headers).toEqual({ 'Content-Type': 'text/plain', accept: '*/*' });
  });

  it('to another origin drops the headers that the caller calls credentials, and does not bring them back', () => {
    const request = { ...post, headers: { 'X-Key': 'secret', accept: '*/*' }, credentials: ['x-key'] };
    expect(redirected(request, 307, '/d')?.headers).toEqual(request.headers);
    const away = redirected(request, 307, 'https://other.example.com/');
    expect(away?.headers).toEqual({ accept: '*/*' });
    expect(away && redirected(away, 307, 'https://api.example.com/')?.headers).toEqual({ accept: '*/*' });
  });

  it('is none without a location that can be read, or with another status', () => {
    expect(redirected(post, 302, undefined)).toBeUndefined();
    expect(redirected(post, 302, 'http://[')).toBeUndefined();
    expect(redirected(post, 200, '/c')).toBeUndefined();
    expect(redirected(post, 304, '/c')).toBeUndefined();
  });

  it('leaves HEAD a HEAD', () => {
    expect(redirected({ ...post, method: 'HEAD' }, 303, '/c')?.method).toBe('HEAD');
  });
});

describe('a URL', () => {
  const granted = [{ host: 'api.example.com', port: 443 }];

  it('may be asked for when its host and port are granted', () => {
    expect(parseTarget('https://API.example.com/x?y=1', granted)).toMatchObject({
      ok: true,
      value: { host: 'api.example.com', port: 443, secure: true },
    });
  });

  it.each([
    ['notGranted', 'http://api.example.com/'],
    ['notGranted', 'https://evil.example.com/'],
    ['notGranted', 'https://api.example.com.evil.com/'],
    ['notGranted', 'https://0x7f.1/'],
    ['invalidRequest', 'https://user:password@api.example.com/'],
    ['invalidRequest', 'file:///etc/passwd'],
    ['invalidRequest', 'ftp://api.example.com/'],
    ['invalidRequest', '/relative'],
  ])('is refused (%s): %s', (reason, url) => {
    expect(parseTarget(url, granted)).toMatchObject({ ok: false, error: { reason, retryable: false } });
  });
});
