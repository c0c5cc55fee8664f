import { attacksOf, ends, harmless, type Attack, type AttackOptions } from './attack.ts';

const attack = attacksOf('the channel');
const broke = ends('brokeProtocol');
/** Whichever is met first: the number of messages, or the time that they take. */
const flooded = ends('brokeProtocol', 'outputExceeded', 'timedOut');
const soon: AttackOptions = { limits: { timeoutMs: 400 } };

const SEND = `
  const raw = (bytes) => {
    for (let rest = Buffer.from(bytes); rest.length > 0;) {
      try { rest = rest.subarray(fs.writeSync(3, rest)); }
      catch (error) { if (error.code !== 'EAGAIN') throw error; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); }
    }
  };
  const frame = (text) => { const body = Buffer.from(text); const head = Buffer.alloc(4); head.writeUInt32BE(body.length); raw(Buffer.concat([head, body])); };
  const usage = { cpuMs: 0, peakMemoryBytes: 0 };
  const silence = () => new Promise(() => {});`;
/** Without a token: what code can write that does not look around. */
const wild = (body: string): string => `${SEND} ${body} await silence();`;
/** With the token of its own call, which code in the same process can always find. */
const stolen = (body: string): string => `${SEND}
  let token; const stringify = JSON.stringify;
  JSON.stringify = (value, ...rest) => { token ??= value?.token; return stringify(value, ...rest); }; console.log('x'); JSON.stringify = stringify;
  const send = (message) => frame(stringify({ token, ...message }));
  ${body} await silence();`;

const wildAttacks: readonly Attack[] = [
  attack('garbage', broke, wild(`raw('GET / HTTP/1.1\\r\\n\\r\\n');`)),
  attack('a giant frame', broke, wild('raw(Buffer.from([0x7f, 0xff, 0xff, 0xff]));')),
  attack('the largest length that there is', broke, wild('raw(Buffer.from([0xff, 0xff, 0xff, 0xff]));')),
  attack('an empty frame', broke, wild('raw(Buffer.alloc(4));')),
  attack('a frame of one byte too many', broke, wild('raw(Buffer.from([0, 0x10, 0, 1]));')),
  attack('a full frame of open brackets', broke, wild(`frame('['.repeat(2 ** 20));`)),
  attack('no JSON', broke, wild(`frame('not json');`)),
  attack('bytes that are no text', broke, wild('frame(Buffer.alloc(64, 0xff));')),
  attack('JSON of no known form', broke, wild(`frame('{"type":"result"}');`)),
  attack('a number alone', broke, wild(`frame('1e999');`)),
  attack('an unknown type', broke, wild(`frame('{"type":"shutdown"}');`)),
  attack(
    'the type of an inherited member',
    broke,
    wild(`frame('{"type":"__proto__"}'); frame('{"type":"constructor"}');`),
  ),
  attack("what belongs to Node's own channel", broke, wild(`frame('{"cmd":"NODE_HANDLE","type":"net.Native"}');`)),
  attack(
    'what the server says to a worker',
    broke,
    wild(`frame(JSON.stringify({ type: 'run', token: '0'.repeat(32), call: { inline: 1 } }));`),
  ),
  attack(
    'an answer of the broker, for other calls too',
    broke,
    wild(
      `for (let id = 0; id < 9; id += 1) frame(JSON.stringify({ type: 'hostAnswer', token: '0'.repeat(32), id, answer: { ok: true, value: { inline: 'ESCAPED' } } }));`,
    ),
  ),
  attack(
    'a forged token',
    broke,
    wild(`frame(JSON.stringify({ type: 'result', token: '0'.repeat(32), output: { inline: 'ESCAPED' }, usage }));`),
  ),
  attack('no token', broke, wild(`frame(JSON.stringify({ type: 'result', output: { inline: 'ESCAPED' }, usage }));`)),
  attack(
    'a token that is an array',
    broke,
    wild(`frame(JSON.stringify({ type: 'result', token: ['0'.repeat(32)], output: { inline: 'ESCAPED' }, usage }));`),
  ),
  attack('a second ready', broke, wild(`frame(JSON.stringify({ type: 'ready', usage }));`)),
  attack(
    '__proto__ in the place of the message',
    broke,
    wild(`frame('{"__proto__":{"type":"result","output":{"inline":"ESCAPED"}}}');`),
  ),
  attack('a value nested 100,000 levels deep', broke, wild(`frame('['.repeat(100_000) + ']'.repeat(100_000));`)),
  attack('half a header, then silence', ends('timedOut'), [wild('raw(Buffer.from([0, 0]));'), soon]),
  attack('half a frame, then silence', ends('timedOut'), [wild('raw(Buffer.from([0, 0, 1, 0, 123]));'), soon]),
  attack(
    'a frame byte by byte',
    broke,
    wild(
      `const text = Buffer.from('{"type":"x"}'); raw(Buffer.from([0, 0, 0, text.length])); for (const byte of text) raw(Buffer.of(byte));`,
    ),
  ),
  attack('the channel closed', ends('timedOut'), [wild('fs.closeSync(3);'), soon]),
  attack('the channel closed and another file in its place', ends('exited'), [
    wild(`fs.closeSync(3); fs.openSync('/dev/null', 'r+');`),
    soon,
  ]),
  attack('a flood of frames that nobody reads', broke, wild(`for (;;) { frame('{"type":"log"}'); }`)),
];

const stolenAttacks: readonly Attack[] = [
  attack(
    'a second answer',
    harmless,
    stolen(
      `send({ type: 'result', output: { inline: 1 }, usage }); send({ type: 'result', output: { inline: 'ESCAPED' }, usage });`,
    ),
  ),
  attack(
    'a failure after the answer',
    harmless,
    stolen(
      `send({ type: 'result', output: { inline: 1 }, usage }); send({ type: 'failed', message: 'ESCAPED', retryable: true, usage });`,
    ),
  ),
  attack('a use of nothing', harmless, [
    stolen(`const used = () => { const { user, system } = process.cpuUsage(); return user + system; }; const from = used(); while (used() - from < 2e5);
        send({ type: 'result', output: { inline: 'claims nothing' }, usage });`),
    { leastCpuMs: 150 },
  ]),
  attack(
    'a use without measure',
    ends('succeeded', 'brokeProtocol'),
    stolen(
      `send({ type: 'result', output: { inline: 'claims all' }, usage: { cpuMs: 1e300, peakMemoryBytes: 1e300 } });`,
    ),
  ),
  attack(
    'a use below zero',
    broke,
    stolen(`send({ type: 'result', output: { inline: 'ESCAPED' }, usage: { cpuMs: -1e9, peakMemoryBytes: 0 } });`),
  ),
  attack(
    'a use that is no number',
    broke,
    stolen(
      `frame(stringify({ type: 'result', token, output: { inline: 'ESCAPED' }, usage: { cpuMs: null, peakMemoryBytes: 'much' } }));`,
    ),
  ),
  attack(
    'more in a message than it has',
    broke,
    stolen(`send({ type: 'result', output: { inline: 'ESCAPED' }, usage, kind: 'succeeded', isAdmin: true });`),
  ),
  attack('a host call that there is none of', ends('timedOut'), [
    stolen(
      `for (const name of ['__proto__', 'toString', 'secret', 'fs.read']) send({ type: 'hostCall', id: 1, name, request: { inline: {} } });`,
    ),
    soon,
  ]),
  attack('a host call without a grant', ends('timedOut'), [
    stolen(
      `for (const url of ['http://169.254.169.254/', 'http://127.0.0.1:' + input.tcpPort + '/', 'file:///etc/passwd']) send({ type: 'hostCall', id: 2, name: 'http.request', request: { inline: { method: 'GET', url, headers: {} } } });`,
    ),
    soon,
  ]),
  attack('a host call with a request of no form', ends('timedOut'), [
    stolen(
      `for (const inline of [null, [], 'x', { method: 1 }, { __proto__: null }]) send({ type: 'hostCall', id: 3, name: 'http.request', request: { inline } });`,
    ),
    soon,
  ]),
  attack('host calls with one ID', ends('timedOut'), [
    stolen(`for (let i = 0; i < 100; i += 1) send({ type: 'hostCall', id: 1, name: 'none', request: { inline: 0 } });`),
    soon,
  ]),
  attack('a flood of host calls', flooded, [
    stolen(
      `for (let i = 0; i < 1e5; i += 1) { send({ type: 'hostCall', id: i, name: 'none', request: { inline: 0 } }); }`,
    ),
    { limits: { timeoutMs: 8_000 } },
  ]),
  attack('a flood of log lines', flooded, stolen(`for (;;) { send({ type: 'log', level: 'info', message: 'x' }); }`)),
  attack(
    'a flood of long log lines',
    flooded,
    stolen(`for (;;) { send({ type: 'log', level: 'info', message: 'x'.repeat(16_000) }); }`),
  ),
  attack('a flood of large host calls', flooded, [
    stolen(
      `const url = 'x'.repeat(9e5); for (let id = 0; ; id += 1) send({ type: 'hostCall', id, name: 'none', request: { inline: { url } } });`,
    ),
    { limits: { timeoutMs: 2_000 } },
  ]),
  attack(
    'a log line above its length',
    broke,
    stolen(`send({ type: 'log', level: 'info', message: 'x'.repeat(20_000) });`),
  ),
  attack('a level that there is none of', broke, stolen(`send({ type: 'log', level: 'fatal', message: 'x' });`)),
  attack(
    'a sentence above its length',
    broke,
    stolen(`send({ type: 'failed', message: 'x'.repeat(20_000), retryable: true, usage });`),
  ),
  attack('chunks without end', ends('outputExceeded'), [
    stolen(
      `const data = Buffer.alloc(1_000).toString('base64'); for (let index = 0; ; index += 1) { send({ type: 'chunk', value: 1, index, data }); }`,
    ),
    { limits: { timeoutMs: 25_000, outputBytes: 100_000 } },
  ]),
  attack('chunks of many values', ends('outputExceeded', 'brokeProtocol'), [
    stolen(
      `const data = 'AAAA'; for (let value = 0; ; value += 1) { send({ type: 'chunk', value, index: 0, data }); }`,
    ),
    { limits: { outputBytes: 100_000 } },
  ]),
  attack('a chunk out of its order', broke, stolen(`send({ type: 'chunk', value: 1, index: 1, data: 'AAAA' });`)),
  attack('a chunk that is no base64', broke, stolen(`send({ type: 'chunk', value: 1, index: 0, data: '!!!' });`)),
  attack(
    'a value whose chunks are missing',
    broke,
    stolen(`send({ type: 'result', output: { chunked: 7, count: 3, bytes: 10 }, usage });`),
  ),
  attack(
    'a value that says a wrong length',
    broke,
    stolen(
      `send({ type: 'chunk', value: 1, index: 0, data: Buffer.from('"ESCAPED"').toString('base64') }); send({ type: 'result', output: { chunked: 1, count: 1, bytes: 2 }, usage });`,
    ),
  ),
  attack(
    'a deep value in chunks',
    broke,
    stolen(
      `const data = Buffer.from('['.repeat(300) + ']'.repeat(300)); send({ type: 'chunk', value: 1, index: 0, data: data.toString('base64') }); send({ type: 'result', output: { chunked: 1, count: 1, bytes: data.length }, usage });`,
    ),
  ),
  attack(
    'chunks that are no JSON',
    broke,
    stolen(
      `send({ type: 'chunk', value: 1, index: 0, data: Buffer.from('{').toString('base64') }); send({ type: 'result', output: { chunked: 1, count: 1, bytes: 1 }, usage });`,
    ),
  ),
  attack(
    'a value with two forms',
    broke,
    stolen(`send({ type: 'result', output: { inline: 'ESCAPED', chunked: 1, count: 1, bytes: 1 }, usage });`),
  ),
  // Wide values have a bound; which one it meets depends on where it is counted.
  attack(
    'a wide value of a million empty lists',
    ends('succeeded', 'brokeProtocol', 'outputExceeded'),
    stolen(
      `frame(stringify({ type: 'result', token, output: { inline: 0 }, usage }).replace('"inline":0', '"inline":[' + '[],'.repeat(3e5) + '0]'));`,
    ),
  ),
];

/** Small on the channel and large in the memory of whoever reads it: a bound on it ends the call, or its time does. */
const wide = ends('succeeded', 'outputExceeded', 'brokeProtocol', 'timedOut');

const wideAttacks: readonly Attack[] = [
  attack('a flood of host calls of empty lists', wide, [
    stolen(
      `const lists = '"inline":[' + '[],'.repeat(349_000) + '0]';
      for (let id = 0; ; id += 1) frame(stringify({ token, type: 'hostCall', id, name: 'none', request: { inline: 0 } }).replace('"inline":0', lists));`,
    ),
    { limits: { timeoutMs: 2_000 } },
  ]),
  attack('an answer of five million empty objects', wide, [
    stolen(
      `const text = Buffer.from('[' + '{},'.repeat(5.5e6) + '{}]'); let count = 0;
      for (let at = 0; at < text.length; at += 3e5) { send({ type: 'chunk', value: 1, index: count, data: text.subarray(at, at + 3e5).toString('base64') }); count += 1; }
      send({ type: 'result', output: { chunked: 1, count, bytes: text.length }, usage });`,
    ),
    { limits: { timeoutMs: 10_000 } },
  ]),
];

/** What a worker can say to the server. */
export const channelAttacks: readonly Attack[] = [...wildAttacks, ...stolenAttacks, ...wideAttacks];
