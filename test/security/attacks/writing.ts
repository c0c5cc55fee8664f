import {
  absent,
  attacksOf,
  ends,
  harmless,
  hidden,
  noAccess,
  notPermitted,
  refused,
  type Attack,
  type Expectation,
  type PerLayer,
} from './attack.ts';

const attack = attacksOf('writing');
const unconfined = { control: true } as const;
/** What both layers show: the base layer refuses to write it, and the root of the full layer is read-only. */
const readOnly: PerLayer = { base: noAccess, full: refused(/\bEROFS\b/) };
const writes = (deed: string): string => `${deed}; return 'ESCAPED';`;
/** Only the full layer has a scratch. */
const inScratch = (full: Expectation): PerLayer => ({ base: absent, full });
const diskFull: Expectation = { kinds: ['diskExceeded'], message: /MiB|files|disk|scratch/i };

/** More than one file may have. */
const fileFull: Expectation = { kinds: ['diskExceeded'], message: /EFBIG/ };

const outsideAttacks: readonly Attack[] = [
  attack('a new file beside those of the server', hidden, [
    writes(`fs.writeFileSync(input.secretFolder + '/mine', 'x')`),
    unconfined,
  ]),
  attack('a new file in /tmp', hidden, writes(`fs.writeFileSync('/tmp/iceos-attack', 'x')`)),
  attack('a new file in /dev/shm', hidden, writes(`fs.writeFileSync('/dev/shm/iceos-attack', 'x')`)),
  attack('a new file in the root', readOnly, writes(`fs.writeFileSync('/mine', 'x')`)),
  attack('other bytes in a file of the server', hidden, [writes(`fs.writeFileSync(input.target, 'x')`), unconfined]),
  attack('more in a file of the server', hidden, [writes(`fs.appendFileSync(input.target, 'x')`), unconfined]),
  attack('less in a file of the server', hidden, [writes(`fs.truncateSync(input.target, 0)`), unconfined]),
  attack('another name for a file of the server', hidden, writes(`fs.renameSync(input.target, input.target + '2')`)),
  attack('the removal of a file of the server', hidden, [writes(`fs.unlinkSync(input.target)`), unconfined]),
  attack('the removal of all', hidden, writes(`fs.rmSync(input.secretFolder, { recursive: true })`)),
  attack('a new folder', hidden, writes(`fs.mkdirSync(input.secretFolder + '/folder')`)),
  attack('another mode', notPermitted, [writes(`fs.chmodSync(input.target, 0o777)`), unconfined]),
  attack('another mode by a descriptor', hidden, writes(`fs.fchmodSync(fs.openSync(input.target, 'r'), 0o777)`)),
  attack('another owner', notPermitted, [
    writes(`fs.chownSync(input.target, process.getuid(), process.getgid())`),
    unconfined,
  ]),
  attack('other times', notPermitted, [writes(`fs.utimesSync(input.target, 1, 1)`), unconfined]),
  attack('other times of a link', notPermitted, writes(`fs.lutimesSync(input.target, 1, 1)`)),
  attack('a symbolic link', notPermitted, [
    writes(`fs.symlinkSync(input.secretFile, input.secretFolder + '/link')`),
    unconfined,
  ]),
  attack('a hard link', notPermitted, writes(`fs.linkSync(input.secretFile, input.secretFolder + '/hard')`)),
  attack('its own program', readOnly, writes(`fs.writeFileSync(process.argv[1], 'x')`)),
  attack('the mode of its own program', notPermitted, writes(`fs.chmodSync(process.argv[1], 0o777)`)),
  attack('the binary of Node', readOnly, writes(`fs.writeFileSync(process.execPath, 'x')`)),
  attack(
    'a shared library',
    noAccess,
    writes(
      `const file = process.report.getReport().sharedObjects.find((name) => /libc\\.so/.test(name)); fs.appendFileSync(file, 'x')`,
    ),
  ),
  attack('/dev/null, as another file', readOnly, writes(`fs.unlinkSync('/dev/null')`)),
  attack(
    'a diagnostic report beside the files of the server',
    // Node says on standard error that it could not.
    harmless,
    `const name = process.report.writeReport(input.secretFolder + '/report.json'); return 'wrote ' + typeof name;`,
  ),
  attack(
    'a heap snapshot beside the files of the server',
    hidden,
    writes(`get('node:v8').writeHeapSnapshot(input.secretFolder + '/heap')`),
  ),
  attack(
    'a trace of the engine',
    harmless,
    `get('node:v8').setFlagsFromString('--logfile=' + input.secretFolder + '/v8.log'); get('node:v8').setFlagsFromString('--log'); return 1;`,
  ),
  attack(
    // In the base layer Node waits for the file that it may not make; its folder in the full layer is the scratch.
    'trace events of Node',
    { base: ends('timedOut'), full: harmless },
    `get('node:trace_events').createTracing({ categories: ['node', 'v8'] }).enable(); await sleep(20); return 1;`,
  ),
  attack(
    // Node 20 has none.
    'a database of SQLite',
    refused(/reading 'DatabaseSync'|unable to open database file/),
    `new (get('node:sqlite').DatabaseSync)(input.secretFolder + '/db').exec('create table a (b)'); return 'ESCAPED';`,
  ),
  attack(
    'WASI with the root of the machine',
    { base: refused(/UVWASI_EACCES/), full: refused(/UVWASI_ENOENT/) },
    `
    const { WASI } = get('node:wasi'); const wasi = new WASI({ version: 'preview1', preopens: { '/': input.secretFolder } });
    const memory = new WebAssembly.Memory({ initial: 1 }); const text = Buffer.from('secret.txt');
    const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1, 7, 10, 1, 6, 109, 101, 109, 111, 114, 121, 2, 0));
    const instance = new WebAssembly.Instance(module); wasi.initialize(instance);
    new Uint8Array(instance.exports.memory.buffer).set(text, 100);
    const code = wasi.wasiImport.path_open(3, 0, 100, text.length, 0, 2n, 0n, 0, 200); if (code !== 0) throw new Error('ERR_WASI ' + code); return 'ESCAPED';`,
  ),
];

const scratchAttacks: readonly Attack[] = [
  attack(
    'a full scratch',
    inScratch(diskFull),
    `const bytes = Buffer.alloc(2 ** 20, 1); const file = fs.openSync('/scratch/big', 'w'); for (let i = 0; i < 512; i += 1) fs.writeSync(file, bytes); return 'ESCAPED';`,
  ),
  attack(
    'a full scratch of many files',
    inScratch(diskFull),
    `const bytes = Buffer.alloc(2 ** 20, 1); for (let i = 0; i < 512; i += 1) fs.writeFileSync('/scratch/' + i, bytes); return 'ESCAPED';`,
  ),
  attack(
    'all files that the scratch has',
    inScratch(diskFull),
    `for (let i = 0; i < 1e5; i += 1) fs.writeFileSync('/scratch/f' + i, ''); return 'ESCAPED';`,
  ),
  attack(
    'all folders that the scratch has',
    inScratch(diskFull),
    `let at = '/scratch'; fs.readdirSync(at); process.chdir(at); for (let i = 0; i < 1e5; i += 1) { fs.mkdirSync('d'); process.chdir('d'); } return 'ESCAPED';`,
  ),
  attack(
    'a file with a hole of a tebibyte',
    inScratch(fileFull),
    `fs.writeFileSync('/scratch/hole', ''); fs.truncateSync('/scratch/hole', 2 ** 40); return 'ESCAPED';`,
  ),
  attack(
    'a write far behind the end',
    inScratch(fileFull),
    `fs.writeSync(fs.openSync('/scratch/hole', 'w'), 'x', 2 ** 40); return 'ESCAPED';`,
  ),
  attack(
    'a mapped scratch of deleted files',
    inScratch(diskFull),
    `const bytes = Buffer.alloc(2 ** 20, 1); for (let i = 0; i < 200; i += 1) { const file = fs.openSync('/scratch/x', 'w'); fs.unlinkSync('/scratch/x'); fs.writeSync(file, bytes); } return 'ESCAPED';`,
  ),
  attack(
    'all descriptors',
    refused(/\bEMFILE\b/),
    `for (let i = 0; i < 5_000; i += 1) fs.openSync('/dev/null', 'r'); return 'ESCAPED';`,
  ),
  attack(
    'a symbolic link in the scratch',
    notPermitted,
    `fs.symlinkSync(input.secretFile, '/scratch/link'); fs.readFileSync('/scratch/link'); return 'ESCAPED';`,
  ),
  attack(
    'a hard link in the scratch',
    notPermitted,
    `fs.linkSync(process.execPath, '/scratch/node'); return 'ESCAPED';`,
  ),
  attack(
    'a file with the rights of its owner',
    inScratch(notPermitted),
    `fs.writeFileSync('/scratch/suid', 'x', { mode: 0o4777 }); fs.chmodSync('/scratch/suid', 0o4777); return fs.statSync('/scratch/suid').mode & 0o4000 ? 'ESCAPED' : 1;`,
  ),
  attack(
    'a long name',
    // Refused before anybody asks where it would be.
    { kinds: ['threw'], message: /ENAMETOOLONG/ },
    `fs.writeFileSync('/scratch/' + 'x'.repeat(5_000), ''); return 'ESCAPED';`,
  ),
  attack(
    'inotify without end',
    notPermitted,
    `for (let i = 0; i < 1e5; i += 1) fs.watch('/dev/null', () => {}); return 'ESCAPED';`,
  ),
];

/** Changing files, those of the machine and too many of its own. */
export const writingAttacks: readonly Attack[] = [...outsideAttacks, ...scratchAttacks];
