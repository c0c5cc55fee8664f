import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { formatHostPort, parseHostPort } from '../../../src/core/host-port.ts';

describe('a host and a port', () => {
  it.each([
    ['api.example.com:443', 'api.example.com:443'],
    ['API.Example.com.:443', 'api.example.com:443'],
    ['localhost:80', 'localhost:80'],
    ['localhost:443', 'localhost:443'],
    ['bücher.example:443', 'xn--bcher-kva.example:443'],
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    ['0x7f.1:8080', '127.0.0.1:8080'],
    ['[::1]:8080', '[::1]:8080'],
    ['[0:0:0:0:0:0:0:1]:8080', '[::1]:8080'],
    ['my_service:1', 'my_service:1'],
  ])('%s is %s', (text, canonical) => {
    const place = parseHostPort(text);
    expect(place && formatHostPort(place)).toBe(canonical);
  });

  it.each([
    '',
    'api.example.com',
    'api.example.com:',
    'api.example.com:0',
    'api.example.com:65536',
    'api.example.com:https',
    'https://api.example.com:443',
    'api.example.com:443/path',
    '*.example.com:443',
    '*:443',
    'user@api.example.com:443',
    '::1:80',
    '[::1]',
    'a b:80',
    '-:80',
    'a..b:80',
    'a%2eb:80',
    ':443',
  ])('%j is none', (text) => {
    expect(parseHostPort(text)).toBeUndefined();
  });

  test.prop([fc.string({ maxLength: 40 })])('never throws, and its text is read as the same place', (text) => {
    const place = parseHostPort(text);
    if (place !== undefined) expect(parseHostPort(formatHostPort(place))).toEqual(place);
  });
});
