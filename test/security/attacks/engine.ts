import { attacksOf, ends, harmless, hidden, noAccess, refused, type Attack, type PerLayer } from './attack.ts';

const attack = attacksOf('the engine');
/** A file as a module: in the words of the loader where there is none. */
const noModule: PerLayer = { base: noAccess, full: refused(/Cannot find module/) };

/** Node's and V8's own ways around what JavaScript may do: what counts is that the process stays confined. */
export const engineAttacks: readonly Attack[] = [
  attack('import of a file of the machine', noModule, [
    `const { secret } = await import('file://' + input.secretFolder + '/module.mjs'); return secret && 'ESCAPED';`,
    { control: true },
  ]),
  attack('require of a file of the machine', noModule, [
    `return get('node:module').createRequire('/')(input.secretFolder + '/module.cjs').secret && 'ESCAPED';`,
    { control: true },
  ]),
  attack(
    'require of a package of the server',
    noModule,
    `return get('node:module').createRequire(input.checkout + '/x.js')('zod') && 'ESCAPED';`,
  ),
  attack(
    'import of a package of the server',
    refused(/Cannot find package 'zod'/),
    `return await import('zod') && 'ESCAPED';`,
  ),
  attack(
    'a module from a text',
    harmless,
    `const { a } = await import('data:text/javascript,export const a = 1'); return a;`,
  ),
  attack(
    'a module from the network',
    refused(/Only URLs with a scheme/),
    `await import('http://127.0.0.1:' + input.tcpPort + '/x.mjs'); return 'ESCAPED';`,
  ),
  attack(
    'hooks of the module loader',
    ends('succeeded', 'threw'),
    `
    get('node:module').register('data:text/javascript,import fs from "node:fs"; export async function load(url) { return { format: "module", shortCircuit: true, source: "export default " + JSON.stringify(fs.readFileSync(' + encodeURIComponent(JSON.stringify(input.secretFile)) + ', "utf8")) } }');
    const { default: text } = await import('node:fs2').catch(() => ({})); return text === undefined ? 'nothing' : 'ESCAPED';`,
  ),
  attack(
    'vm, out of its context',
    hidden,
    `
    const outer = get('node:vm').runInNewContext('this.constructor.constructor("return process")()'); outer.getBuiltinModule('fs').readFileSync(input.secretFile); return 'ESCAPED';`,
  ),
  attack(
    'vm, by a host object',
    hidden,
    `
    const outer = get('node:vm').runInNewContext('f.constructor("return process")()', { f: () => 0 }); outer.getBuiltinModule('fs').readFileSync(input.secretFile); return 'ESCAPED';`,
  ),
  attack(
    'internal modules by a flag',
    refused(/Cannot find module 'internal\/util'/),
    `get('node:v8').setFlagsFromString('--expose-internals'); get('node:module').createRequire('/')('internal/util'); return 'ESCAPED';`,
  ),
  attack(
    'internal bindings',
    refused(/No such binding/),
    `const binding = process._linkedBinding('fs'); return binding && 'ESCAPED';`,
  ),
  attack(
    'calls of natives by a flag',
    { ...ends('signaled'), message: /SIG(TRAP|ILL|ABRT)/ },
    `get('node:v8').setFlagsFromString('--allow-natives-syntax'); new Function('%Abort(1)')(); return 'ESCAPED';`,
  ),
  attack(
    'a flag that the engine cannot take',
    ends('succeeded', 'signaled'),
    `get('node:v8').setFlagsFromString('--no-such-flag'); get('node:v8').setFlagsFromString('--jitless'); for (let i = 0; i < 1e5; i += 1) new Function('a', 'return a')(i); return 1;`,
  ),
  attack(
    'files for perf',
    harmless,
    `get('node:v8').setFlagsFromString('--perf-basic-prof'); get('node:v8').setFlagsFromString('--prof'); for (let i = 0; i < 1e4; i += 1) new Function('a', 'return a + ' + i)(i); return 1;`,
  ),
  attack(
    'a debugger of its own',
    harmless,
    `const { Session } = get('node:inspector'); const one = new Session(); one.connect(); await new Promise((done) => one.post('Runtime.evaluate', { expression: 'process.kill(1, 9)', includeCommandLineAPI: true }, done)); return 1;`,
  ),
  attack('a debugger that halts', ends('succeeded', 'timedOut'), [
    'debugger; return 1;',
    { limits: { timeoutMs: 500 } },
  ]),
  attack(
    'diagnostic channels of the host',
    harmless,
    `const seen = []; for (const name of ['child_process', 'net.client.socket', 'http.client.request.start']) get('node:diagnostics_channel').subscribe(name, (m) => seen.push(m)); await sleep(10); return seen.length;`,
  ),
  attack(
    'hooks of asynchronous calls',
    harmless,
    `const hook = get('node:async_hooks').createHook({ init() { throw 1; } }); hook.disable(); return 1;`,
  ),
  attack(
    'hooks of asynchronous calls that throw',
    ends('exited'),
    `get('node:async_hooks').createHook({ init() { throw new Error('hook'); } }).enable(); await sleep(1); return 1;`,
  ),
  attack('the permission model, switched off', harmless, `return process.permission === undefined ? 1 : 2;`),
  attack('a repl', harmless, `get('node:repl').start({ prompt: '' }); return 1;`),
  attack(
    'coverage into a folder',
    harmless,
    `process.env.NODE_V8_COVERAGE = input.secretFolder; get('node:v8').takeCoverage(); return 1;`,
  ),
  attack(
    'NODE_OPTIONS for what it starts',
    harmless,
    `process.env.NODE_OPTIONS = '--require ' + input.secretFile; return 1;`,
  ),
  attack(
    'the name of the machine',
    harmless,
    `return get('node:os').hostname() === input.hostname && input.layer === 'full' ? 'ESCAPED' : 1;`,
  ),
  attack('who the server is', hidden, `return get('node:os').userInfo().username && 'ESCAPED';`),
  attack(
    'the memory of the machine',
    harmless,
    `return get('node:os').totalmem() > 0 && process.constrainedMemory() >= 0;`,
  ),
  attack(
    'memory that an earlier call has left',
    harmless,
    `for (let i = 0; i < 64; i += 1) if (Buffer.allocUnsafe(2 ** 20).includes(input.marker)) return 'ESCAPED'; return 1;`,
  ),
  attack('a WebAssembly module of a million functions', ends('succeeded', 'timedOut'), [
    `
    const leb = (n) => { const out = []; do { const b = n & 127; n >>>= 7; out.push(n ? b | 128 : b); } while (n); return out; };
    const n = 1e5; const section = (id, body) => [id, ...leb(body.length), ...body];
    const code = []; const types = []; for (let i = 0; i < n; i += 1) { types.push(0); code.push(2, 0, 11); }
    const bytes = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0].concat(section(1, [1, 96, 0, 0]), section(3, leb(n).concat(types)), section(10, leb(n).concat(code))));
    for (let i = 0; i < 3; i += 1) new WebAssembly.Module(bytes); return 1;`,
    { limits: { timeoutMs: 3_000 } },
  ]),
  attack(
    'a broadcast to other workers',
    harmless,
    `const one = new BroadcastChannel('iceos'); let got = 0; one.onmessage = () => { got += 1; }; one.postMessage('x'); await sleep(20); one.close(); return got === 0 ? 1 : 'ESCAPED';`,
  ),
  attack('web locks and storage', ends('succeeded', 'threw'), `return typeof globalThis.localStorage;`),
];
