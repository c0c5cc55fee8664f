import { describe, expect, it } from 'vitest';
import { canonicalHost, isPublicUnicast, isSameHostPort, reachesListener } from '../../../src/egress/address-rules.ts';

describe('a public address', () => {
  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '93.184.216.34',
    '2606:4700:4700::1111',
    '2a00:1450:4001::200e',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '2002:808:808::1',
  ])('is %s', (address) => {
    expect(isPublicUnicast(address)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.8',
    '192.0.2.1',
    '192.168.1.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.1.1.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd12:3456::1',
    'fec0::1',
    'ff02::1',
    '100::1',
    '2001:db8::1',
    '2001::1',
    '2001:10::1',
    '3fff::1',
    '4000::1',
    // The same private addresses in the clothes of IPv6: mapped, compatible, translated, NAT64, 6to4.
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::127.0.0.1',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::808:808',
    '2002:7f00:1::',
    '2002:a00:1::1',
    '2002:c0a8:101::1',
    'localhost',
    '',
    '1.2.3',
    '999.1.1.1',
  ])('is not %s', (address) => {
    expect(isPublicUnicast(address)).toBe(false);
  });
});

describe('a host and port', () => {
  it('is the same in other letters, with a final dot, in brackets and in another form of the address', () => {
    expect(isSameHostPort({ host: 'API.Example.com.', port: 443 }, { host: 'api.example.com', port: 443 })).toBe(true);
    expect(isSameHostPort({ host: '[0:0::1]', port: 80 }, { host: '::1', port: 80 })).toBe(true);
    expect(canonicalHost('[::1]')).toBe(canonicalHost('0:0:0:0:0:0:0:1'));
  });

  it('is another with another port or a subdomain', () => {
    expect(isSameHostPort({ host: 'example.com', port: 443 }, { host: 'example.com', port: 80 })).toBe(false);
    expect(isSameHostPort({ host: 'example.com', port: 443 }, { host: 'www.example.com', port: 443 })).toBe(false);
  });
});

describe('a listener of the product', () => {
  const reaches = (hostname: string, address: string, listener: string, port = 4000): boolean =>
    reachesListener({ hostname, address, port }, [{ host: listener, port: 4000 }], ['192.168.7.7', '203.0.113.9']);

  it.each([
    ['its own name', 'db.internal', '10.1.1.1', 'db.internal'],
    ['its own address', 'other', '10.1.1.1', '10.1.1.1'],
    ['its own address, mapped', 'other', '::ffff:10.1.1.1', '10.1.1.1'],
    ['loopback when it listens there', 'x', '127.0.0.1', '127.0.0.1'],
    ['another loopback address', 'x', '::1', 'localhost'],
    ['an address of this machine when it listens everywhere', 'x', '203.0.113.9', '0.0.0.0'],
    ['the unspecified address', 'x', '0.0.0.0', '127.0.0.1'],
  ])('is reached by %s', (_, hostname, address, listener) => {
    expect(reaches(hostname, address, listener)).toBe(true);
  });

  it('is not reached on another port, or elsewhere', () => {
    expect(reaches('x', '127.0.0.1', '127.0.0.1', 4001)).toBe(false);
    expect(reaches('x', '93.184.216.34', '0.0.0.0')).toBe(false);
  });
});
