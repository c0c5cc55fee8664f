import { attacksOf, ends, harmless, type Attack, type AttackOptions } from './attack.ts';

const attack = attacksOf('time');
const soon: AttackOptions = { limits: { timeoutMs: 300, cpuMs: 60_000 } };
const costly: AttackOptions = { limits: { timeoutMs: 20_000, cpuMs: 400 } };
const late = ends('timedOut');

/** Work and waiting without end. */
export const timeAttacks: readonly Attack[] = [
  attack('an endless loop', late, ['for (;;);', soon]),
  attack('an endless loop, by its CPU time', ends('cpuExceeded'), ['for (;;);', costly]),
  attack('microtasks without end', late, ['for (;;) await null;', soon]),
  attack('microtasks without end, by their CPU time', ends('cpuExceeded'), ['for (;;) await null;', costly]),
  attack('process.nextTick without end', late, [
    'const f = () => process.nextTick(f); f(); await new Promise(() => {});',
    soon,
  ]),
  attack('setImmediate without end', late, [
    'const f = () => setImmediate(f); f(); await new Promise(() => {});',
    soon,
  ]),
  attack('timers without end', late, ['setInterval(() => {}, 1); await new Promise(() => {});', soon]),
  attack('a promise that never comes', late, ['await new Promise(() => {});', soon]),
  attack('then that never answers', late, ['return { then() {} };', soon]),
  attack('a regular expression that backtracks', late, [`return /^(a+)+$/.test('a'.repeat(40) + 'b');`, soon]),
  attack('a regular expression that backtracks over alternatives', late, [
    `return /^(a|aa)+$/.test('a'.repeat(60) + '!');`,
    soon,
  ]),
  attack('a regular expression with lookahead', late, [`return /(?=^(x+)+$)/.test('x'.repeat(45) + '!');`, soon]),
  attack('replace with a regular expression that backtracks', late, [
    `return ('x'.repeat(45) + '!').replace(/^(x+x+)+y/, '');`,
    soon,
  ]),
  attack('Atomics.wait forever', late, ['Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);', soon]),
  attack('Atomics.waitAsync forever', late, [
    'await Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0).value;',
    soon,
  ]),
  attack('SIGTERM ignored, in a loop', late, [
    `process.on('SIGTERM', () => {}); process.on('SIGINT', () => {}); process.on('SIGHUP', () => {}); for (;;);`,
    soon,
  ]),
  attack('SIGXCPU ignored, in a loop', ends('cpuExceeded'), [
    `process.on('SIGXCPU', () => {}); for (;;) await null;`,
    costly,
  ]),
  attack('pbkdf2Sync', late, [
    `get('node:crypto').pbkdf2Sync('a', 'b', 2 ** 31 - 1, 64, 'sha512'); return 'ESCAPED';`,
    soon,
  ]),
  attack('scryptSync', late, [
    `get('node:crypto').scryptSync('a', 'b', 64, { N: 2 ** 15, r: 8, p: 1000, maxmem: 2 ** 31 }); return 'ESCAPED';`,
    soon,
  ]),
  attack('a prime of 16,384 bits', late, [
    `get('node:crypto').generatePrimeSync(16_384, { safe: true }); return 'ESCAPED';`,
    soon,
  ]),
  attack('brotli at its slowest', late, [
    `const zlib = get('node:zlib'); for (;;) zlib.brotliCompressSync(get('node:crypto').randomBytes(2 ** 20));`,
    soon,
  ]),
  attack('an infinite generator', late, ['function* f() { for (;;) yield 1; } for (const x of f()) void x;', soon]),
  attack('Array.from without end', ends('timedOut', 'memoryExceeded'), [
    `return Array.from({ length: 2 ** 32 - 1 }, () => 0).length;`,
    soon,
  ]),
  attack('sort with a comparison that never answers', late, ['[2, 1].sort(() => { for (;;); });', soon]),
  // Whichever is met first: the time, the memory, or the longest number that the engine has.
  attack('a large power', ends('timedOut', 'threw', 'memoryExceeded'), ['let a = 3n; for (;;) a = a * a;', soon]),
  attack('WebAssembly in a loop', late, [
    `
    const bytes = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11);
    new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.f();`,
    soon,
  ]),
  attack('a loop in an exit handler', late, [`process.on('exit', () => { for (;;); }); process.exit(0);`, soon]),
  attack('a loop in a handler of uncaught exceptions', late, [
    `process.removeAllListeners('uncaughtException'); process.on('uncaughtException', () => { for (;;); }); setTimeout(() => { throw new Error(); }); await sleep(1e6);`,
    soon,
  ]),
  attack('a getter of the answer that loops', late, ['return { get a() { for (;;); } };', soon]),
  attack('toJSON of the answer that loops', late, ['return { toJSON() { for (;;); } };', soon]),
  attack('a proxy as the answer whose traps loop', late, ['return new Proxy({}, { ownKeys() { for (;;); } });', soon]),
  attack('a blocking read of the channel', late, [
    'const b = Buffer.alloc(10); for (;;) { try { fs.readSync(3, b); } catch {} }',
    soon,
  ]),
  attack('a blocking read of the input', ends('succeeded', 'threw'), ['fs.readFileSync(0); return "ended";', soon]),
  attack('Error.prepareStackTrace that loops', late, [
    'Error.prepareStackTrace = () => { for (;;); }; throw new Error("x");',
    soon,
  ]),
  attack('the stack of an error that loops', late, [
    'const e = new Error("x"); Object.defineProperty(e, "stack", { get() { for (;;); } }); throw e;',
    soon,
  ]),
  attack('setTimeout after the answer, in a loop', harmless, [
    'setTimeout(() => { for (;;); }, 0); setImmediate(() => { for (;;); }); return 1;',
    soon,
  ]),
  attack('microtasks after the answer, without end', ends('succeeded', 'timedOut'), [
    'const f = () => Promise.resolve().then(f); setTimeout(f, 0); return 1;',
    soon,
  ]),
  attack('timers that keep it alive after the answer', harmless, ['setInterval(() => {}, 1e6); return 1;', soon]),
  attack('threads that spin after the answer', harmless, [
    `const { Worker } = get('node:worker_threads'); for (let i = 0; i < 2; i += 1) await settled(new Worker('setImmediate(() => { for (;;); })', { eval: true }), 'online'); return 1;`,
    { limits: { timeoutMs: 5_000, cpuMs: 60_000 } },
  ]),
];
