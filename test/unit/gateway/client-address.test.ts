import { describe, expect, it } from 'vitest';
import { createClientAddress } from '../../../src/gateway/client-address.ts';

const PROXIES = ['10.0.0.0/8', 'fd00::/8', '::ffff:172.16.0.0/108'];
const addressOf = (
  remoteAddress: string | undefined,
  headers: Record<string, string> = {},
  proxies: readonly string[] = PROXIES,
): string => createClientAddress(proxies)({ headers, socket: { remoteAddress } });

describe('The address of a client', () => {
  it('is that of its connection where no proxy is trusted, whatever headers say', () => {
    const headers = { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.7' };
    expect(addressOf('10.0.0.1', headers, [])).toBe('10.0.0.1');
    expect(addressOf('203.0.113.9', headers)).toBe('203.0.113.9');
    expect(addressOf('::ffff:203.0.113.9', headers)).toBe('203.0.113.9');
    expect(addressOf(undefined, headers)).toBe('unknown');
  });

  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['1.1.1.1, 198.51.100.7', '198.51.100.7'],
    ['1.1.1.1, 198.51.100.7, 10.2.3.4, 172.16.5.6', '198.51.100.7'],
    ['198.51.100.7:4711', '198.51.100.7'],
    ['[2001:db8:1:2:3:4:5:6]:443', '2001:db8:1:2::/64'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    // All are ours: the one that is furthest away asks.
    ['10.9.9.9, 10.8.8.8', '10.9.9.9'],
    // What cannot be read is believed no further.
    ['198.51.100.7, unknown, 10.2.3.4', '10.2.3.4'],
    ['198.51.100.7, 1.2.3', '10.0.0.1'],
    ['', '10.0.0.1'],
    [',,,', '10.0.0.1'],
  ])('is the right-most one of X-Forwarded-For "%s" that is no proxy of ours: %s', (header, address) => {
    expect(addressOf('10.0.0.1', { 'x-forwarded-for': header })).toBe(address);
  });

  it.each([
    ['for=198.51.100.7', '198.51.100.7'],
    ['for=1.1.1.1;proto=https, proto=https;For="198.51.100.7:80";by=10.0.0.1', '198.51.100.7'],
    ['for="[2001:db8:1:2::9]:4711"', '2001:db8:1:2::/64'],
    ['for=198.51.100.7, for=_hidden', '10.0.0.1'],
    ['for=198.51.100.7, proto=https', '10.0.0.1'],
    // A quote that a client has left open hides nothing of what a proxy writes behind it.
    ['for="1.1.1.1, for=198.51.100.7', '198.51.100.7'],
    ['xfor=1.1.1.1', '10.0.0.1'],
  ])('is the right-most one of Forwarded "%s" that is no proxy of ours: %s', (forwarded, address) => {
    expect(addressOf('10.0.0.1', { forwarded })).toBe(address);
  });

  it('is that of the proxy where its two headers name different ones: a client wrote one of them', () => {
    const byList = { 'x-forwarded-for': '198.51.100.7' };
    expect(addressOf('10.0.0.1', { ...byList, forwarded: 'for=198.51.100.7' })).toBe('198.51.100.7');
    expect(addressOf('10.0.0.1', { ...byList, forwarded: 'for=1.1.1.1' })).toBe('10.0.0.1');
  });

  it('is a /64 of IPv6, of which a client has 2^64', () => {
    expect(addressOf('2001:db8:1:2:3:4:5:6')).toBe(addressOf('2001:db8:1:2:ffff::'));
    expect(addressOf('2001:db8:1:2::')).not.toBe(addressOf('2001:db8:1:3::'));
    expect(addressOf('fd00::1', { 'x-forwarded-for': '2001:db8:1:2::7' })).toBe('2001:db8:1:2::/64');
    expect(addressOf('fe80::1%eth0')).toBe('fe80::/64');
  });
});
