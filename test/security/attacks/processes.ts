import {
  absent,
  attacksOf,
  denied,
  ends,
  harmless,
  hidden,
  noAccess,
  notPermitted,
  refused,
  type Attack,
  type Expectation,
} from './attack.ts';

const attack = attacksOf('processes and threads');
const unconfined = { control: true } as const;

/** A flood of threads ends by whichever is met first: their number, what they take, the engine's own end, or the time. */
const bounded: Expectation = {
  kinds: ['processesExceeded', 'memoryExceeded', 'threw', 'timedOut'],
  message: /process|thread|memory|EAGAIN|ERR_WORKER|within/i,
};
/** In the words of the loader of libraries. */
const noLibrary = { base: refused(/cannot open .*Permission denied/), full: refused(/cannot open .*No such file/) };
const THREADS = `const { Worker } = get('node:worker_threads');`;
const CHILDREN = `const cp = get('node:child_process');`;

/** New processes and programs, by every door that Node has. */
export const processAttacks: readonly Attack[] = [
  attack('spawn of a program', notPermitted, [
    `${CHILDREN} const child = cp.spawn('/bin/true'); await settled(child, 'exit'); return 'ESCAPED';`,
    unconfined,
  ]),
  attack('exec of a shell command', notPermitted, [
    `${CHILDREN} return 'ESCAPED' + await new Promise((done, fail) => cp.exec('echo', (error, out) => error ? fail(error) : done(out)));`,
    unconfined,
  ]),
  attack('execFileSync', notPermitted, [`${CHILDREN} cp.execFileSync('/bin/true'); return 'ESCAPED';`, unconfined]),
  attack('spawnSync of the worker itself', notPermitted, [
    `${CHILDREN} const { error } = cp.spawnSync(process.execPath, ['-e', '0']); if (error) throw error; return 'ESCAPED';`,
    unconfined,
  ]),
  attack('fork of a Node process', notPermitted, [
    `${CHILDREN} const child = cp.fork('/dev/null'); await settled(child, 'exit'); return 'ESCAPED';`,
    unconfined,
  ]),
  attack(
    'cluster.fork',
    notPermitted,
    `const child = get('node:cluster').default?.fork?.() ?? get('node:cluster').fork(); await settled(child, 'online'); return 'ESCAPED';`,
  ),
  attack(
    'a detached child that outlives everybody',
    notPermitted,
    `${CHILDREN}
    const child = cp.spawn('/bin/sleep', ['30'], { detached: true, stdio: 'ignore' }); await settled(child, 'spawn'); child.unref(); return 'ESCAPED';`,
  ),
  attack(
    'fork bomb in JavaScript',
    notPermitted,
    `${CHILDREN}
    const bomb = 'for (;;) require("node:child_process").spawn(process.execPath, ["-e", process.argv[1], process.argv[1]], { stdio: "ignore" })';
    for (let i = 0; i < 50; i += 1) { const child = cp.spawn(process.execPath, ['-e', bomb, bomb], { stdio: 'ignore' }); await settled(child, 'spawn'); }
    return 'ESCAPED';`,
  ),
  attack(
    'execSync through the binding below child_process',
    notPermitted,
    `
    const { spawn } = process.binding('spawn_sync');
    const { error } = spawn({ file: '/bin/true', args: ['true'], envPairs: [], stdio: [{ type: 'pipe', readable: true, writable: false }] });
    if (error) throw new Error(error === -13 ? 'EACCES' : error === -1 ? 'EPERM' : 'ENOENT'); return 'ESCAPED';`,
  ),
  attack(
    // Node 20 has none; Node 24 takes every error of the call for a reason to abort.
    'process.execve',
    { kinds: ['threw', 'signaled'], message: /process\.execve is not a function|\bEPERM\b|SIGABRT/ },
    `process.execve('/bin/true', ['true'], {}); return 'ESCAPED';`,
  ),
  attack(
    'the loader on a file that it may read',
    notPermitted,
    `${CHILDREN}
    const loader = process.report.getReport().sharedObjects.find((name) => /ld-(linux|musl)/.test(name));
    const { error } = cp.spawnSync(loader, [process.execPath, '-e', '0']); if (error) throw error; return 'ESCAPED';`,
  ),
  attack(
    'the loader on a file of the scratch',
    { base: absent, full: notPermitted },
    `${CHILDREN}
    const loader = process.report.getReport().sharedObjects.find((name) => /ld-(linux|musl)/.test(name));
    fs.writeFileSync('/scratch/program', fs.readFileSync(process.execPath).subarray(0, 1e6), { mode: 0o700 });
    const { error } = cp.spawnSync(loader, ['/scratch/program']); if (error) throw error; return 'ESCAPED';`,
  ),
  attack(
    'execve of a file in the scratch',
    { base: absent, full: notPermitted },
    `${CHILDREN}
    fs.writeFileSync('/scratch/program', '#!/bin/sh', { mode: 0o700 });
    const { error } = cp.spawnSync('/scratch/program'); if (error) throw error; return 'ESCAPED';`,
  ),
  attack(
    'dlopen of a library in the scratch',
    { base: absent, full: refused(/failed to map segment/) },
    `
    const library = process.report.getReport().sharedObjects.find((name) => /libdl|libm|libc/.test(name));
    fs.writeFileSync('/scratch/evil.node', fs.readFileSync(library)); process.dlopen({ exports: {} }, '/scratch/evil.node'); return 'ESCAPED';`,
  ),
  attack(
    'dlopen of a fake addon of the machine',
    noLibrary,
    `process.dlopen({ exports: {} }, input.secretFile); return 'ESCAPED';`,
  ),
  attack(
    'require of an addon',
    noLibrary,
    `get('node:module')._extensions['.node']({ exports: {} }, input.secretFile); return 'ESCAPED';`,
  ),
  attack(
    'the test runner, which starts processes',
    notPermitted,
    `
    const { run } = get('node:test'); const seen = [];
    for await (const { type, data } of run({ files: ['/dev/null'] })) { seen.push(type); if (type === 'test:fail') throw data.details.error.cause ?? data.details.error; }
    return seen.includes('test:pass') ? 'ESCAPED' : 'nothing';`,
  ),
  attack(
    'fork by process.binding',
    notPermitted,
    `
    const { Process } = process.binding('process_wrap'); const child = new Process();
    const code = child.spawn({ file: '/bin/true', args: ['true'], envPairs: [], stdio: [] });
    if (code !== 0) throw new Error(code === -13 ? 'EACCES' : code === -1 ? 'EPERM' : 'ENOENT'); return 'ESCAPED';`,
  ),
  attack('setuid', denied, 'process.setuid(0); return "ESCAPED";'),
  attack('seteuid', denied, 'process.seteuid(0); return "ESCAPED";'),
  attack('setgid', denied, 'process.setgid(0); return "ESCAPED";'),
  attack('setegid', denied, 'process.setegid(0); return "ESCAPED";'),
  attack('setgroups', denied, 'process.setgroups([0]); return "ESCAPED";'),
  attack('initgroups', { ...denied, message: /called setgroups,/ }, 'process.initgroups("root", 0); return "ESCAPED";'),

  attack('thread bomb', bounded, [
    `${THREADS}
    const all = []; for (let i = 0; i < 192; i += 1) { const one = new Worker('setInterval(() => {}, 1e6)', { eval: true, stdout: true, stderr: true }); all.push(one); await settled(one, 'online'); }
    return 'ESCAPED';`,
    { limits: { timeoutMs: 3_000 } },
  ]),
  attack('thread bomb that grows by itself', bounded, [
    `${THREADS}
    const bomb = 'const { Worker, workerData } = require("node:worker_threads"); const n = new Int32Array(workerData.n); if (Atomics.add(n, 0, 1) < 192) for (let i = 0; i < 2; i += 1) new Worker(workerData.bomb, { eval: true, workerData }); setInterval(() => {}, 1e6)';
    const n = new SharedArrayBuffer(4); const root = new Worker(bomb, { eval: true, workerData: { bomb, n } }); root.on('error', () => {});
    for (;;) { await sleep(20); if (new Int32Array(n)[0] >= 192) return 'ESCAPED'; }`,
    { limits: { timeoutMs: 3_000 } },
  ]),
  attack(
    'thread with a heap of its own',
    { kinds: ['memoryExceeded', 'threw'], message: /memory|ERR_WORKER_OUT_OF_MEMORY|heap/i },
    [
      `${THREADS}
    const one = new Worker('const all = []; for (let i = 0; i < 700; i += 1) all.push(new Array(131072).fill(i)); require("node:worker_threads").parentPort.postMessage(all.length)', { eval: true, resourceLimits: { maxOldGenerationSizeMb: 4096 } });
    await settled(one, 'message'); return 'ESCAPED';`,
      { limits: { timeoutMs: 10_000 } },
    ],
  ),
  attack(
    'thread that reads the machine',
    hidden,
    `${THREADS}
    const one = new Worker('require("node:worker_threads").parentPort.postMessage(require("node:fs").readFileSync(require("node:worker_threads").workerData, "utf8"))', { eval: true, workerData: input.secretFile });
    await settled(one, 'message'); return 'ESCAPED';`,
  ),
  attack(
    'thread with flags of Node',
    refused(/Cannot find module 'internal\/bootstrap\/realm'/),
    `${THREADS}
    const one = new Worker('require("internal/bootstrap/realm"); require("node:worker_threads").parentPort.postMessage(require("node:fs").readFileSync(require("node:worker_threads").workerData, "utf8"))', { eval: true, execArgv: ['--expose-internals'], workerData: input.secretFile });
    await settled(one, 'message'); return 'ESCAPED';`,
  ),
  attack(
    'thread with the environment of the server',
    harmless,
    `${THREADS}
    const one = new Worker('require("node:worker_threads").parentPort.postMessage(JSON.stringify(process.env))', { eval: true, env: get('node:worker_threads').SHARE_ENV });
    return (await settled(one, 'message')).includes(input.secret) ? 'ESCAPED' : 'nothing';`,
  ),
  attack(
    'thread from a file of the machine',
    { base: noAccess, full: refused(/Cannot find module .*module\.cjs/) },
    `${THREADS}
    const one = new Worker(input.secretFolder + '/module.cjs'); await settled(one, 'message'); return 'ESCAPED';`,
  ),
  attack('threads that spin on every processor', ends('cpuExceeded'), [
    `${THREADS}
    for (let i = 0; i < 4; i += 1) new Worker('for (;;);', { eval: true }); await sleep(1e6);`,
    { limits: { timeoutMs: 20_000, cpuMs: 400 } },
  ]),
  attack('flood of the thread pool', ends('timedOut'), [
    `
    const { pbkdf2 } = get('node:crypto'); for (let i = 0; i < 10_000; i += 1) pbkdf2('a', 'b', 1e9, 64, 'sha512', () => {}); await sleep(1e6);`,
    { limits: { timeoutMs: 700, cpuMs: 20_000 } },
  ]),
];
