import { attacksOf, ends, harmless, refused, type Attack, type Expectation, type PerLayer } from './attack.ts';

const attack = attacksOf('answers');
const fails = ends('threw');

const odd: readonly Attack[] = [
  attack('a cycle', refused(/cyclic/), 'const a = {}; a.a = a; return a;'),
  attack('a BigInt', refused(/BigInt/), 'return 1n;'),
  attack(
    '50,000 levels',
    refused(/nested deeper/),
    'let a = 1; for (let i = 0; i < 50_000; i += 1) a = [a]; return a;',
  ),
  attack(
    '50,000 levels of objects',
    refused(/nested deeper/),
    'let a = 1; for (let i = 0; i < 50_000; i += 1) a = { a }; return a;',
  ),
  attack('a function', refused(/function/), 'return () => 1;'),
  attack('a symbol', refused(/symbol/), 'return Symbol("a");'),
  attack('a getter that throws', refused(/thrown/), 'return { get a() { throw new Error("thrown"); } };'),
  attack(
    'a revoked proxy',
    refused(/proxy|revoked/i),
    'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return { proxy };',
  ),
  attack('a proxy with a hundred thousand keys', ends('outputExceeded'), [
    'const keys = Array.from({ length: 1e5 }, (_, i) => "k" + i); return new Proxy({}, { ownKeys: () => keys, getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }), get: () => 1 });',
    { limits: { timeoutMs: 6_000, outputBytes: 100_000 } },
  ]),
  attack('toJSON that throws', refused(/thrown/), 'return { toJSON() { throw new Error("thrown"); } };'),
  attack('toJSON that answers itself', ends('threw', 'succeeded'), 'return { toJSON() { return this; } };'),
  attack('a hollow array of four billion places', refused(/too large/), [
    'const a = []; a.length = 2 ** 32 - 1; return a;',
    { limits: { timeoutMs: 4_000, outputBytes: 100_000 } },
  ]),
  attack(
    '__proto__ as a member',
    harmless,
    `return JSON.parse('{"__proto__":{"polluted":"ESCAPED"},"constructor":{"prototype":{"polluted":1}}}');`,
  ),
  attack(
    'names that objects have',
    harmless,
    `return { toString: 1, valueOf: 1, hasOwnProperty: 1, toJSON: 1, then: 1, length: -1, constructor: 1 };`,
  ),
  attack(
    'a Map, NaN and a date that there is none of',
    ends('succeeded', 'threw'),
    'return [new Map([[1, 2]]), NaN, -0, Infinity, new Date(NaN)];',
  ),
];

const thrown: readonly Attack[] = [
  ...[
    'null',
    'undefined',
    '0',
    '"text"',
    'Symbol("a")',
    '1n',
    '{}',
    '[]',
    '() => 1',
    'Object.create(null)',
    'new Proxy({}, {})',
  ].map((what) => attack(`a throw of ${what}`, fails, `throw ${what};`)),
  attack(
    'a throw of a revoked proxy',
    fails,
    'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy;',
  ),
  attack(
    'a throw of a proxy whose traps throw',
    fails,
    'throw new Proxy(new Error(), new Proxy({}, { get() { return () => { throw 1; }; } }));',
  ),
  attack(
    'an error whose message throws',
    fails,
    'const e = new Error("x"); Object.defineProperty(e, "message", { get() { throw e; } }); throw e;',
  ),
  attack(
    'an error whose name throws',
    fails,
    'const e = new Error("x"); Object.defineProperty(e, "name", { get() { throw e; } }); throw e;',
  ),
  attack(
    'an error whose stack throws',
    fails,
    'const e = new Error("x"); Object.defineProperty(e, "stack", { get() { throw e; } }); throw e;',
  ),
  attack(
    'an error whose message is no text',
    fails,
    'const e = new Error("x"); e.message = { toString() { throw 1; } }; throw e;',
  ),
  attack(
    'an error whose retryable throws',
    fails,
    'throw Object.defineProperty(new Error("x"), "retryable", { get() { throw 1; } });',
  ),
  attack(
    'an error that calls itself a failure of a tool',
    fails,
    'throw Object.assign(new Error("forged"), { name: "ToolFailure", message: "forged", retryable: false });',
  ),
  attack('an error with causes without end', fails, 'const e = new Error("x"); e.cause = e; throw e;'),
  attack(
    'Error.prepareStackTrace that throws',
    fails,
    'Error.prepareStackTrace = () => { throw 1; }; throw new Error("x");',
  ),
  attack(
    'an AggregateError of a thousand',
    fails,
    'throw new AggregateError(Array.from({ length: 1e3 }, () => new Error("x")));',
  ),
];

const late: readonly Attack[] = [
  attack('a rejection after the answer', harmless, 'setTimeout(() => Promise.reject(new Error("late")), 1); return 1;'),
  attack('an exception after the answer', harmless, 'setTimeout(() => { throw new Error("late"); }, 1); return 1;'),
  attack('a log line after the answer', harmless, 'setTimeout(() => console.log("ESCAPED"), 1); return 1;'),
  attack('a promise that nobody awaits', fails, 'Promise.reject(new Error("lost")); await sleep(1e6);'),
  attack(
    'many promises that nobody awaits',
    fails,
    'for (let i = 0; i < 1e4; i += 1) Promise.reject(new Error("lost")); await sleep(1e6);',
  ),
  attack(
    'no handler of exceptions any more',
    ends('exited'),
    'process.removeAllListeners("uncaughtException"); process.removeAllListeners("unhandledRejection"); setTimeout(() => { throw new Error("x"); }); await sleep(1e6);',
  ),
  attack('a capture of all exceptions', ends('timedOut'), [
    'process.removeAllListeners("uncaughtException"); process.setUncaughtExceptionCaptureCallback(() => {}); setTimeout(() => { throw 1; }); await sleep(1e6);',
    { limits: { timeoutMs: 500 } },
  ]),
];

/** A part of the language or of Node, replaced: what the worker then sends may be wrong, but harms the caller alone. */
const replaced = (name: string, deed: string, expected: Expectation | PerLayer = harmless): Attack =>
  attack(`${name}, replaced`, expected, [`${deed}; return { a: [1] };`, { limits: { timeoutMs: 700 } }]);
/** Its worker sends what the server does not take. */
const spoiled = ends('brokeProtocol');
/** Its worker can send nothing any more. */
const mute = ends('timedOut');

const patched: readonly Attack[] = [
  replaced('Object.prototype.toJSON', 'Object.prototype.toJSON = () => "other"', spoiled),
  replaced('Object.prototype.then', 'Object.prototype.then = function (done) { done("other"); }'),
  replaced('Object.prototype.get', 'Object.prototype.get = () => 1; Object.prototype.type = "ready"'),
  replaced('JSON.stringify', 'JSON.stringify = () => "[1"', spoiled),
  replaced('JSON.stringify, by what answers megabytes', 'JSON.stringify = () => "x".repeat(5e6)', mute),
  replaced('JSON.parse', 'JSON.parse = () => ({})'),
  replaced('Promise.prototype.then', 'Promise.prototype.then = function () { return this; }'),
  replaced('Array.prototype[Symbol.iterator]', 'Array.prototype[Symbol.iterator] = function* () {}'),
  replaced('indices of arrays', 'Object.defineProperty(Array.prototype, 0, { get() { return "other"; }, set() {} })'),
  replaced('Array.prototype.push', 'Array.prototype.push = () => 0'),
  replaced('Buffer.alloc', 'Buffer.alloc = Buffer.allocUnsafe = () => Buffer.from("xxxxxxxxxxxxxxxx")', mute),
  replaced('Buffer.byteLength', 'Buffer.byteLength = () => 4', spoiled),
  replaced(
    'Buffer.prototype.writeUInt32BE',
    'Buffer.prototype.writeUInt32BE = function () { this.fill(0xff); }',
    spoiled,
  ),
  replaced(
    'the write of streams',
    `get('node:stream').Writable.prototype.write = () => true; get('node:net').Socket.prototype.write = () => true`,
    mute,
  ),
  replaced('process.stdout', 'Object.defineProperty(process, "stdout", { get() { throw 1; } })'),
  replaced('process.resourceUsage', 'process.resourceUsage = () => ({ userCPUTime: 0, systemCPUTime: 0, maxRSS: 0 })'),
  replaced('globalThis.process', 'globalThis.process = undefined', mute),
  replaced('String.prototype.slice', 'String.prototype.slice = () => "x".repeat(1e5)'),
  replaced('RegExp.prototype.exec', 'RegExp.prototype.exec = () => ["x"]', { base: harmless, full: spoiled }),
  replaced('Date.now and performance.now', 'Date.now = () => 0; performance.now = () => -1'),
  replaced(
    'Object.freeze of all',
    'for (const one of [Object, Array, Promise, Function, JSON]) { Object.freeze(one); Object.freeze(one.prototype ?? one); }',
  ),
  replaced('EventEmitter.prototype.emit', `get('node:events').prototype.emit = () => true`),
];

/** What a call answers or throws, and what it leaves running. */
export const resultAttacks: readonly Attack[] = [...odd, ...thrown, ...late, ...patched];
