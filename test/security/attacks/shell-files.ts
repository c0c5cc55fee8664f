import { ends, harmless, type Attack } from './attack.ts';
import { absentFile, refusedScript, scriptsOf } from './shell-attack.ts';

const { sh, python3 } = scriptsOf('files of scripts');
const full = { ...ends('diskExceeded'), message: /No space left|too large|size limit/i };
const LOADER = '$(ls /lib64/ld-linux-* /lib/ld-linux-* 2> /dev/null | head -n 1)';
const A_LIBRARY = '$(ls /usr/lib/*/libm.so.6 /usr/lib64/libm.so.6 /lib/libm.so.6 2> /dev/null | head -n 1)';

/** Reading, writing and executing what lies outside of the scratch, and what was put into it. */
export const shellFileAttacks: readonly Attack[] = [
  sh('reading /etc/shadow', absentFile, `cat /etc/shadow && escaped`),
  sh('reading /etc/passwd', absentFile, `cat /etc/passwd && escaped`),
  sh("reading the server's secret", absentFile, 'cat "$(get secretFile)"'),
  sh('reading a file of the checkout', absentFile, `cat "$(get checkout)/package.json" && escaped`),
  sh('reading by way of many parents', absentFile, `cat ../../../../../../etc/shadow && escaped`),
  sh('reading through a symlink', absentFile, `ln -s "$(get secretFile)" link && cat link`),
  sh("reading through process 1's root", refusedScript(), 'link=root; cat "/proc/1/$link/$(get secretFile)"'),
  sh("reading through the worker's root", absentFile, 'link=root; cat "/proc/$PPID/$link/$(get secretFile)"'),
  sh("reading through the worker's folder", absentFile, 'cat "/proc/$PPID/cwd/../$(get secretFile)"'),
  sh(
    'the environments of all processes',
    harmless,
    'cat /proc/*/environ 2> /dev/null | tr "\\0" " " >&2; env >&2; echo 1',
  ),
  sh(
    'the command lines of all processes',
    harmless,
    // Looked through once all is read: grep would find its own pattern.
    `all=$(cat /proc/[0-9]*/cmdline | tr '\\0' ' '); case "$all" in *"$(get siblingPid)"*|*3600*) escaped ;; esac; echo 1`,
  ),
  sh(
    'processes that are not its own',
    harmless,
    `ls -d /proc/$(get serverPid) /proc/$(get siblingPid) 2> /dev/null | grep -q . && escaped; echo 1`,
  ),
  sh('the channel of the worker', refusedScript(/No such device/), `echo garbage > /proc/$PPID/fd/3 && escaped`),
  sh(
    'a descriptor that it might have inherited',
    refusedScript(/[Bb]ad file descriptor/),
    `echo garbage >&3 && escaped`,
  ),
  python3(
    'the memory of process 1',
    refusedScript(),
    'memory = open("/proc/1/mem", "r+b")\nmemory.seek(0x400000)\nmemory.write(b"x")\nescaped()',
  ),
  sh('writing into the root', refusedScript(), `echo x > /x && escaped`),
  sh('writing into /tmp', absentFile, `echo x > /tmp/x && escaped`),
  sh('writing over a program', refusedScript(), `echo x > /usr/bin/env && escaped`),
  sh("writing over the worker's bundle", refusedScript(), `echo x > /worker.cjs && escaped`),
  sh('writing over itself', refusedScript(), `echo x >> "$0" && escaped`),
  sh('writing into the target of the server', absentFile, `echo x > "$(get target)" && escaped`),
  sh('shared memory as a file', absentFile, `echo x > /dev/shm/x && escaped`),
  sh('removing a program', refusedScript(), `rm -f /usr/bin/env && escaped`),
  sh('another mode for a program', refusedScript(), `chmod u+s /bin/sh && escaped`),
  sh('another time for itself', refusedScript(), `touch "$0" && escaped`),
  sh('a hard link to a program', refusedScript(/cross-device/), `ln /usr/bin/env env && escaped`),
  sh('a setting of the kernel', absentFile, `echo x > /proc/sys/kernel/hostname && escaped`),
  sh('the magic key of the kernel', absentFile, `echo b > /proc/sysrq-trigger && escaped`),
  sh('a claim to be the last to be killed', refusedScript(), `echo -1000 > /proc/self/oom_score_adj && escaped`),
  sh('other users for its namespace', refusedScript(), `echo "0 0 1" > /proc/self/uid_map && escaped`),
  sh('filling the scratch with bytes', full, 'head -c 200000000 /dev/zero > big'),
  sh(
    'filling the scratch with many files of bytes',
    full,
    'i=0; while head -c 4000000 /dev/zero > $i; do i=$((i + 1)); done; exit 1',
  ),
  python3('filling the scratch with files', full, 'for each in range(100_000): open(str(each), "w").close()'),
  python3('filling the scratch with folders', full, 'for each in range(100_000): os.mkdir(str(each))'),
  python3('one large file without bytes', full, 'open("hole", "w").truncate(1 << 40)'),
  python3(
    'a folder within a folder, deep',
    harmless,
    'for _ in range(700): os.mkdir("deeper") or os.chdir("deeper")\nprint(1)',
  ),
  sh(
    'executing a script of the scratch',
    refusedScript(/Permission denied/),
    `printf '#!/bin/sh\\necho ESCAPED >&2' > x; chmod 700 x; ./x`,
  ),
  sh('executing a program of the scratch', refusedScript(/Permission denied/), `cp /usr/bin/env x; ./x && escaped`),
  sh(
    'the loader on a program of the scratch',
    refusedScript(/failed to map segment/),
    `cp /usr/bin/env x; ${LOADER} ./x && escaped`,
  ),
  sh(
    'a library of the scratch, loaded before',
    harmless,
    `cp ${A_LIBRARY} lib.so; LD_PRELOAD=/scratch/lib.so grep -q 'r-x.*/scratch/' /proc/self/maps && escaped; echo 1`,
  ),
  python3(
    'a library of the scratch, by ctypes',
    refusedScript(/failed to map segment/),
    `import glob, shutil
shutil.copy((glob.glob("/usr/lib/*/libm.so.6") + glob.glob("/usr/lib64/libm.so.6") + glob.glob("/lib/libm.so.6"))[0], "lib.so")
ctypes.CDLL("/scratch/lib.so")
escaped()`,
  ),
  python3(
    'a file of the scratch as code in memory',
    refusedScript(/not permitted/),
    'open("x", "wb").write(bytes(4096))\nmmap.mmap(os.open("x", os.O_RDWR), 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)\nescaped()',
  ),
  sh(
    'a program with the rights of its owner',
    refusedScript(/Permission denied/),
    `cp /bin/sh x; chmod 6755 x; ./x -c "echo ESCAPED >&2"`,
  ),
  python3('a file without a name, to be executed', refusedScript(/not permitted/), 'os.memfd_create("x")\nescaped()'),
  python3(
    'a device of its own',
    refusedScript(/not permitted/),
    'import stat\nos.mknod("disk", 0o600 | stat.S_IFBLK, os.makedev(8, 0))\nescaped()',
  ),
  sh(
    'devices of the machine',
    harmless,
    `ls /dev | grep -qv "^\\(null\\|zero\\|random\\|urandom\\)$" && escaped; echo 1`,
  ),
  sh('a pipe with a name', refusedScript(/not permitted/), `mkfifo pipe && escaped`),
];
