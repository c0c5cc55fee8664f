import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createListenerRules, isLoopbackPeer } from '../../../src/gateway/listener-rules.ts';

function request(headers: Record<string, string>): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  Object.assign(message.headers, headers);
  return message;
}

const rules = createListenerRules({
  allowedHosts: ['Api.Example.com'],
  allowedOrigins: ['https://app.example.com'],
  host: '192.168.1.5',
});

describe('A listener', () => {
  it.each(['localhost', 'localhost:4000', '127.0.0.1:4000', '[::1]:4000', '192.168.1.5:4000', 'api.example.com'])(
    'goes by the name %s',
    (host) => {
      expect(rules.isOurHost(request({ host }))).toBe(true);
    },
  );

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '', 'a b', 'evil.example:4000'])(
    'does not go by the name "%s"',
    (host) => {
      expect(rules.isOurHost(request({ host }))).toBe(false);
    },
  );

  it('takes sockets of programs and of its own pages only', () => {
    expect(rules.isOurOrigin(request({}))).toBe(true);
    expect(rules.isOurOrigin(request({ origin: 'https://app.example.com' }))).toBe(true);
    expect(rules.isOurOrigin(request({ origin: 'http://app.example.com' }))).toBe(false);
    expect(rules.isOurOrigin(request({ origin: 'http://localhost:4000' }))).toBe(true);
    expect(rules.isOurOrigin(request({ origin: 'https://evil.example' }))).toBe(false);
    expect(rules.isOurOrigin(request({ origin: 'null' }))).toBe(false);
  });

  it('behind a proxy that checks may go by every name', () => {
    expect(
      createListenerRules({ allowedHosts: ['*'], allowedOrigins: [], host: '0.0.0.0' }).isOurHost(
        request({ host: 'whatever.example' }),
      ),
    ).toBe(true);
  });

  it('knows who is on this machine', () => {
    expect(['127.0.0.1', '::1', '::ffff:127.0.0.1'].map(isLoopbackPeer)).toEqual([true, true, true]);
    expect(['10.0.0.1', '::ffff:10.0.0.1', undefined].map(isLoopbackPeer)).toEqual([false, false, false]);
  });
});
