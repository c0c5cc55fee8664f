import {
  absent,
  attacksOf,
  harmless,
  hidden,
  noAccess,
  notPermitted,
  refused,
  type Attack,
  type PerLayer,
} from './attack.ts';

const attack = attacksOf('files');
const unconfined = { control: true } as const;
const reads = (file: string): string => `return fs.readFileSync(${file}).length >= 0 && 'ESCAPED';`;
const lists = (folder: string): string => `return fs.readdirSync(${folder}).length >= 0 && 'ESCAPED';`;
/** Base shows that a path of the machine exists, and what kind it is: docs/sandbox.md says so. */
const metadata: PerLayer = { base: harmless, full: absent };

const readAttacks: readonly Attack[] = [
  attack('/etc/passwd', hidden, [reads(`'/etc/passwd'`), unconfined]),
  attack('/etc/shadow', hidden, reads(`'/etc/shadow'`)),
  attack('a file of the server', hidden, [reads('input.secretFile'), unconfined]),
  attack('a file of the server, by a stream', hidden, [
    `for await (const part of fs.createReadStream(input.secretFile)) return 'ESCAPED';`,
    unconfined,
  ]),
  attack('a file of the server, by promises', hidden, [
    `await fs.promises.readFile(input.secretFile); return 'ESCAPED';`,
    unconfined,
  ]),
  attack(
    'a file of the server, by process.binding',
    hidden,
    `process.binding('fs').open(input.secretFile, 0, 0); return 'ESCAPED';`,
  ),
  // Node says of whatever it may not read that there is none.
  attack('a file of the server, by .env loading', absent, [
    `process.loadEnvFile(input.secretFile); return 'ESCAPED';`,
    unconfined,
  ]),
  attack('a folder of the server', hidden, [lists('input.secretFolder'), unconfined]),
  attack('a folder of the server, by opendir', hidden, [
    `for await (const one of await fs.promises.opendir(input.secretFolder)) return 'ESCAPED';`,
    unconfined,
  ]),
  attack('the root of the file system', noAccess, [lists(`'/'`), unconfined]),
  attack('/root and /home', hidden, `for (const home of ['/root', '/home']) fs.readdirSync(home); return 'ESCAPED';`),
  attack('the checkout', hidden, [reads(`input.checkout + '/package.json'`), unconfined]),
  attack(
    '.env and .iceos of the checkout',
    hidden,
    `let last; for (const name of ['.env', '.iceos', '.git']) for (const look of [fs.readdirSync, fs.readFileSync]) { try { look(input.checkout + '/' + name); return 'ESCAPED'; } catch (error) { last = error; } } throw last;`,
  ),
  attack('node_modules', hidden, lists(`input.checkout + '/node_modules'`)),
  attack('/tmp', hidden, [lists(`'/tmp'`), unconfined]),
  attack('/sys and /dev', hidden, `fs.readdirSync('/sys'); return 'ESCAPED';`),
  attack(
    '/dev/mem, /dev/kmsg and disks',
    hidden,
    `for (const name of ['mem', 'kmsg', 'vda', 'sda', 'fuse', 'kvm', 'tty']) { try { fs.openSync('/dev/' + name, 'r'); return 'ESCAPED'; } catch (error) { if (name === 'tty') throw error; } }`,
  ),
  attack('the state of a file of the machine', metadata, `return fs.statSync(input.secretFile).size;`),
  attack('access to a file of the machine', metadata, `fs.accessSync(input.secretFile); return 1;`),
  attack('a path out of the scratch', hidden, reads(`process.cwd() + '/../../..' + input.secretFile`)),
  attack('a path out of /proc/self/root', hidden, reads(`'/proc/self/root' + input.secretFile`)),
  attack('a path out of /proc/self/cwd', hidden, reads(`'/proc/self/cwd/../../../../..' + input.secretFile`)),
  attack('watching a file of the server', notPermitted, [
    `const one = fs.watch(input.secretFile); await sleep(20); one.close(); return 'ESCAPED';`,
    unconfined,
  ]),
  attack(
    'polling a file of the server',
    harmless,
    `const seen = new Promise((done) => fs.watchFile(input.secretFile, { interval: 10 }, done)); await Promise.race([seen, sleep(60)]); fs.unwatchFile(input.secretFile); return 1;`,
  ),
  attack(
    'copying a file of the server',
    hidden,
    `fs.copyFileSync(input.secretFile, '/scratch/copy'); return 'ESCAPED';`,
  ),
  attack('another working folder', hidden, `process.chdir(input.secretFolder); fs.readdirSync('.'); return 'ESCAPED';`),
  attack(
    // Node 20 has none; newer ones find nothing.
    'glob over the machine',
    refused(/globSync is not a function|ERR_NOTHING/),
    `const found = fs.globSync(input.secretFolder + '/*'); if (found.length === 0) throw new Error('ERR_NOTHING'); return 'ESCAPED';`,
  ),
];

const processAttacks: readonly Attack[] = [
  attack(
    'the environment of process 1',
    noAccess,
    `const text = fs.readFileSync('/proc/1/environ', 'utf8'); if (text === '') throw new Error('EACCES: empty'); return 'ESCAPED';`,
  ),
  attack('the environment of the server', hidden, [reads('`/proc/${input.serverPid}/environ`'), unconfined]),
  attack('the command line of the server', hidden, [reads('`/proc/${input.serverPid}/cmdline`'), unconfined]),
  attack('the memory of the server', hidden, "fs.openSync(`/proc/${input.serverPid}/mem`, 'r+'); return 'ESCAPED';"),
  attack('the memory of its parent', noAccess, "fs.openSync(`/proc/${process.ppid}/mem`, 'r+'); return 'ESCAPED';"),
  attack('the descriptors of the server', hidden, [lists('`/proc/${input.serverPid}/fd`'), unconfined]),
  attack('the root of the server', hidden, reads('`/proc/${input.serverPid}/root${input.secretFile}`')),
  attack('the working folder of the server', hidden, reads('`/proc/${input.serverPid}/cwd/package.json`')),
  attack(
    'the list of processes',
    { base: noAccess, full: harmless },
    `const pids = fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)); return pids.length > 2 || pids.includes(String(input.serverPid)) ? 'ESCAPED' : 1;`,
  ),
  attack(
    'its own environment, which is empty',
    { base: noAccess, full: harmless },
    `return fs.readFileSync('/proc/self/environ', 'utf8') + JSON.stringify(process.env) === '{}' ? 1 : 'ESCAPED';`,
  ),
  attack(
    'its own memory, to write what is read-only',
    noAccess,
    `fs.openSync('/proc/self/mem', 'r+'); return 'ESCAPED';`,
  ),
  attack(
    'who may be killed first',
    noAccess,
    `fs.writeFileSync('/proc/self/oom_score_adj', '-1000'); return 'ESCAPED';`,
  ),
  attack(
    'settings of the kernel',
    hidden,
    `fs.writeFileSync('/proc/sys/kernel/core_pattern', '|/tmp/x'); return 'ESCAPED';`,
  ),
  attack(
    'the release of the memory of others',
    hidden,
    `fs.writeFileSync('/proc/sys/vm/drop_caches', '3'); return 'ESCAPED';`,
  ),
  attack('maps of ids', noAccess, `fs.writeFileSync('/proc/self/uid_map', '0 0 1'); return 'ESCAPED';`),
  attack(
    'files behind its descriptors',
    harmless,
    `
    for (let fd = 4; fd < 64; fd += 1) { let name = ''; try { name = fs.readlinkSync('/proc/self/fd/' + fd); } catch { continue; } if (/^\\//.test(name) && !/^\\/dev\\/(null|urandom)$/.test(name)) return 'ESCAPED ' + name; } return 1;`,
  ),
];

/** Reading what the grants do not name. */
export const fileAttacks: readonly Attack[] = [...readAttacks, ...processAttacks];
