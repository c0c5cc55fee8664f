import {
  attacksOf,
  ends,
  harmless,
  hidden,
  outOfMemory,
  outOfSharedMemory,
  refused,
  type Attack,
  type AttackOptions,
  type Expectation,
} from './attack.ts';

const attack = attacksOf('memory');
/** The kernel does not give the thread its stack, by the error that also stands for too many of them. */
const outOfStack: Expectation = { kinds: ['processesExceeded'], message: /EAGAIN/ };
const stackFull = refused(/RangeError: Maximum call stack size exceeded/);
/** Each of them gives up, as an escape, at several times its limit, so that a hole does not take the machine down. */
const within: AttackOptions = { limits: { timeoutMs: 15_000, memoryBytes: 32 * 2 ** 20 } };
/** MiB. */
const FAR = 384;

/** Memory by every door that the engine has. */
export const memoryAttacks: readonly Attack[] = [
  attack('heap of arrays', outOfMemory, [
    `const all = []; for (let i = 0; i < ${FAR}; i += 1) all.push(new Array(131_072).fill(0.5)); return 'ESCAPED';`,
    within,
  ]),
  attack('heap of small objects', outOfMemory, [
    `let last = null; for (let i = 0; i < 2e7; i += 1) last = { last, i }; return 'ESCAPED';`,
    within,
  ]),
  attack('heap of closures', outOfMemory, [
    `let f = () => 0; for (let i = 0; i < 2e7; i += 1) { const g = f; f = () => g; } return 'ESCAPED';`,
    within,
  ]),
  attack('heap of unlike strings', outOfMemory, [
    `const all = []; for (let i = 0; i < 2e7; i += 1) all.push('number ' + i + Math.random()); return 'ESCAPED';`,
    within,
  ]),
  attack('a map that grows', outOfMemory, [
    `const all = new Map(); for (let i = 0; i < 2e7; i += 1) all.set(i, i); return 'ESCAPED';`,
    within,
  ]),
  attack('a set that grows', outOfMemory, [
    `const all = new Set(); for (let i = 0; i < 2e7; i += 1) all.add('k' + i); return 'ESCAPED';`,
    within,
  ]),
  attack('an object with millions of keys', outOfMemory, [
    `const all = {}; for (let i = 0; i < 2e7; i += 1) all['k' + i] = i; return 'ESCAPED';`,
    within,
  ]),
  attack('registered symbols', outOfMemory, [
    `for (let i = 0; i < 2e7; i += 1) Symbol.for('k' + i + 'x'.repeat(4_000)); return 'ESCAPED';`,
    within,
  ]),
  attack('new Array(1e9), filled', outOfMemory, [
    `const all = new Array(1e9).fill(7); return all.length > 1 ? 'ESCAPED' : 0;`,
    within,
  ]),
  attack('repeat to the longest string', outOfMemory, [
    `const all = []; for (let i = 0; i < 4; i += 1) { const text = 'x'.repeat(2 ** 28); all.push(text, /y/.test(text)); } return 'ESCAPED';`,
    within,
  ]),
  attack('a string longer than the engine has', outOfMemory, [`return 'x'.repeat(2 ** 30) && 'ESCAPED';`, within]),
  attack('a string that doubles', outOfMemory, [
    `let text = 'x'; for (;;) { text += text; if (text.length > ${FAR} * 2 ** 20) return 'ESCAPED'; }`,
    within,
  ]),
  attack('external strings', outOfMemory, [
    `const all = []; const bytes = Buffer.alloc(2 ** 24, 120); for (let i = 0; i < ${FAR / 16}; i += 1) all.push(bytes.toString('latin1')); return 'ESCAPED';`,
    within,
  ]),
  // V8 may use what it was not given.
  attack('a number of a hundred million digits', ends('memoryExceeded', 'threw', 'signaled'), [
    `const all = []; for (let i = 0; i < 6; i += 1) all.push(1n << BigInt(2 ** 30 - 64 - i)); return 'ESCAPED';`,
    within,
  ]),
  attack('buffers that are filled', outOfMemory, [
    `const all = []; for (let i = 0; i < ${FAR}; i += 1) all.push(Buffer.alloc(2 ** 20, 1)); return 'ESCAPED';`,
    within,
  ]),
  attack('one giant buffer', outOfMemory, [
    `return Buffer.alloc(${FAR} * 2 ** 20, 1).length > 1 && 'ESCAPED';`,
    within,
  ]),
  attack('array buffers', outOfMemory, [
    `const all = []; for (let i = 0; i < ${FAR}; i += 1) { const one = new ArrayBuffer(2 ** 20); new Uint8Array(one).fill(1); all.push(one); } return 'ESCAPED';`,
    within,
  ]),
  attack('a resizable array buffer', outOfMemory, [
    `const one = new ArrayBuffer(0, { maxByteLength: ${FAR} * 2 ** 20 }); one.resize(${FAR} * 2 ** 20); new Uint8Array(one).fill(1); return 'ESCAPED';`,
    within,
  ]),
  attack('a shared array buffer', outOfSharedMemory, [
    `const all = []; for (let i = 0; i < ${FAR / 16}; i += 1) { const one = new SharedArrayBuffer(2 ** 24); new Uint8Array(one).fill(1); all.push(one); } return 'ESCAPED';`,
    within,
  ]),
  attack('typed arrays', outOfMemory, [
    `const all = []; for (let i = 0; i < ${FAR / 8}; i += 1) all.push(new Float64Array(2 ** 20).fill(1)); return 'ESCAPED';`,
    within,
  ]),
  attack('WebAssembly memory', outOfMemory, [
    `const memory = new WebAssembly.Memory({ initial: 1 }); memory.grow(${FAR * 16}); new Uint8Array(memory.buffer).fill(1); return 'ESCAPED';`,
    within,
  ]),
  attack('many WebAssembly memories', outOfMemory, [
    `const all = []; for (let i = 0; i < ${FAR}; i += 1) { const one = new WebAssembly.Memory({ initial: 16 }); new Uint8Array(one.buffer).fill(1); all.push(one); } return 'ESCAPED';`,
    within,
  ]),
  attack('shared WebAssembly memory', outOfMemory, [
    `const one = new WebAssembly.Memory({ initial: ${FAR * 16}, maximum: 65_536, shared: true }); new Uint8Array(one.buffer).fill(1); return 'ESCAPED';`,
    within,
  ]),
  attack('random bytes', outOfMemory, [
    `const all = []; for (let i = 0; i < 12; i += 1) all.push(get('node:crypto').randomBytes(2 ** 26)); return 'ESCAPED';`,
    within,
  ]),
  attack('a bomb for zlib', outOfMemory, [
    `const zlib = get('node:zlib'); let small = zlib.gzipSync(Buffer.alloc(2 ** 20)); const all = [];
    for (let i = 0; i < ${FAR}; i += 1) all.push(zlib.gunzipSync(small)); return 'ESCAPED';`,
    within,
  ]),
  attack('a bomb for brotli', outOfMemory, [
    `const zlib = get('node:zlib'); const all = []; const small = zlib.brotliCompressSync(Buffer.alloc(2 ** 24), { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } });
    for (let i = 0; i < ${FAR / 16}; i += 1) all.push(zlib.brotliDecompressSync(small)); return 'ESCAPED';`,
    within,
  ]),
  attack('a bomb for JSON.parse', outOfMemory, [
    `const all = []; const text = '[' + '{},'.repeat(1e6) + '0]'; for (let i = 0; i < 20; i += 1) all.push(JSON.parse(text)); return 'ESCAPED';`,
    within,
  ]),
  attack('structuredClone, again and again', outOfMemory, [
    `let one = [new Array(1e5).fill(0.5)]; for (let i = 0; i < 12; i += 1) one = structuredClone([one, one.map((x) => structuredClone(x)), structuredClone(one)]); return 'ESCAPED';`,
    within,
  ]),
  attack('contexts of vm', outOfMemory, [
    `const vm = get('node:vm'); const all = []; for (let i = 0; i < 2_000; i += 1) all.push(vm.createContext({})); return 'ESCAPED';`,
    within,
  ]),
  attack('blobs', outOfMemory, [
    `const all = []; for (let i = 0; i < ${FAR / 16}; i += 1) all.push(new Blob([Buffer.alloc(2 ** 24, 1)])); return 'ESCAPED';`,
    within,
  ]),
  attack('promises', outOfMemory, [
    `const all = []; for (let i = 0; i < 2e7; i += 1) all.push(new Promise(() => {})); return 'ESCAPED';`,
    within,
  ]),
  attack('timers', outOfMemory, [
    `for (let i = 0; i < 1e7; i += 1) setTimeout(() => {}, 1e6 + i); return 'ESCAPED';`,
    within,
  ]),
  attack('one microtask after another that keeps all', outOfMemory, [
    `const all = []; for (let i = 0; i < 2e7; i += 1) { all.push({ i, text: [i] }); if (i % 1000 === 0) await null; } return 'ESCAPED';`,
    within,
  ]),
  // A race: it is the heap, one large buffer, or memory of Node's own that it is not given, and over that Node falls.
  attack(
    '/dev/zero to its end',
    { kinds: ['memoryExceeded', 'threw', 'signaled'], message: /memory|allocat|ERR_|SIG(SEGV|ABRT|TRAP)/i },
    [`return fs.readFileSync('/dev/zero').length && 'ESCAPED';`, within],
  ),
  attack('a heap limit raised by a flag', outOfMemory, [
    `get('node:v8').setFlagsFromString('--max-old-space-size=8192'); get('node:v8').setFlagsFromString('--max-heap-size=8192');
    const all = []; for (let i = 0; i < ${FAR}; i += 1) all.push(new Array(131_072).fill(0.5)); return 'ESCAPED';`,
    within,
  ]),
  attack('a heap limit raised by a semi-space', outOfMemory, [
    `get('node:v8').setFlagsFromString('--semi-space-growth-factor=100'); get('node:v8').setFlagsFromString('--max-semi-space-size=512');
    const all = []; for (let i = 0; i < ${FAR}; i += 1) all.push(new Array(131_072).fill(0.5)); return 'ESCAPED';`,
    within,
  ]),
  attack('many messages between ports', outOfMemory, [
    `const { port1, port2 } = new MessageChannel(); port2.unref(); const bytes = new Uint8Array(2 ** 20).fill(1); for (let i = 0; i < ${FAR}; i += 1) port1.postMessage(bytes); return 'ESCAPED';`,
    within,
  ]),
  attack('all matches of a regular expression', outOfMemory, [
    `const all = []; for (let i = 0; i < 4_000; i += 1) { all.push('x'.repeat(2 ** 22).match(/x/g)); } return 'ESCAPED';`,
    within,
  ]),
  attack('compiled functions', ends('memoryExceeded', 'timedOut'), [
    `const all = []; for (let i = 0; i < 1e6; i += 1) all.push(new Function('a', 'return a + ' + i + ';' + '"use" + "less";'.repeat(50))); return 'ESCAPED';`,
    { limits: { timeoutMs: 1_000 } },
  ]),
  attack('a stack without end', stackFull, 'const f = () => f() + 1; return f();'),
  // The engine reads the flag before its first call only.
  attack(
    'a stack size raised by a flag',
    stackFull,
    `get('node:v8').setFlagsFromString('--stack-size=65500'); await null; return get('node:vm').runInThisContext('(function f(n) { return n === 0 ? 0 : 1 + f(n - 1); })')(1e7) && 'ESCAPED';`,
  ),
  attack('a stack of a gibibyte for a thread', outOfStack, [
    `const { Worker } = get('node:worker_threads');
    const one = new Worker('const f = (n) => n === 0 ? 0 : 1 + f(n - 1); require("node:worker_threads").parentPort.postMessage(f(1e7))', { eval: true, resourceLimits: { stackSizeMb: 1024 } });
    await settled(one, 'message'); return 'ESCAPED';`,
    within,
  ]),
  attack('a heap snapshot, as large as the heap', hidden, [
    `const all = []; for (let i = 0; i < 24; i += 1) all.push(new Array(131_072).fill({})); get('node:v8').writeHeapSnapshot('/tmp/heap'); return 'ESCAPED';`,
    within,
  ]),
  attack(
    'a buffer that only says how large it is',
    harmless,
    `try { return Buffer.allocUnsafe(2 ** 33).length > 2 ** 32 ? 'reserved' : 0; } catch (error) { return error.code ?? error.name; }`,
  ),
];
