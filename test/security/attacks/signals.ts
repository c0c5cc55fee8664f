import { attacksOf, ends, harmless, notPermitted, type Attack, type Expectation } from './attack.ts';

const attack = attacksOf('signals and ends');
const exited: Expectation = ends('exited');

/** Signals to others, and ends of itself that nobody expects. */
export const signalAttacks: readonly Attack[] = [
  attack('a signal to its parent', notPermitted, `process.kill(process.ppid, 'SIGTERM'); return 'ESCAPED';`),
  attack('kill -9 of its parent', notPermitted, `process.kill(process.ppid, 'SIGKILL'); return 'ESCAPED';`),
  attack('a signal to the server', notPermitted, `process.kill(input.serverPid, 'SIGTERM'); return 'ESCAPED';`),
  attack(
    'SIGUSR1 to the server, which opens its inspector',
    notPermitted,
    `process._debugProcess(input.serverPid); return 'ESCAPED';`,
  ),
  attack('a signal to a sibling', notPermitted, [`process.kill(input.siblingPid, 'SIGTERM'); return 'ESCAPED';`, {}]),
  attack('a question whether a sibling lives', notPermitted, [
    `process.kill(input.siblingPid, 0); return 'ESCAPED';`,
    { control: true },
  ]),
  attack('a signal to everybody', notPermitted, `process.kill(-1, 'SIGTERM'); return 'ESCAPED';`),
  attack('kill -9 of everybody', notPermitted, `process.kill(-1, 'SIGKILL'); return 'ESCAPED';`),
  attack('a signal to its group', notPermitted, `process.kill(0, 'SIGTERM'); await sleep(50); return 'ESCAPED';`),
  attack('a signal to process 1', notPermitted, `process.kill(1, 'SIGKILL'); return 'ESCAPED';`),
  attack(
    'a signal below process',
    notPermitted,
    `const code = process._kill(input.serverPid, 15); if (code !== 0) throw new Error('EPERM ' + code); return 'ESCAPED';`,
  ),
  attack('a priority above others', notPermitted, `get('node:os').setPriority(0, -20); return 'ESCAPED';`),
  attack(
    'a lower priority for the server',
    notPermitted,
    `get('node:os').setPriority(input.serverPid, 19); return 'ESCAPED';`,
  ),
  attack('process.exit(0)', exited, 'process.exit(0);'),
  attack('process.exit(1)', exited, 'process.exit(1);'),
  attack('process.exit(125), as a launcher that failed', exited, 'process.exit(125);'),
  attack('process.exit(137), as one that was killed', exited, 'process.exit(137);'),
  attack('process.exit(152), as one at its CPU limit', exited, 'process.exit(152);'),
  attack('process.exit(159), as one at its filter', exited, 'process.exit(159);'),
  attack('process.reallyExit', exited, 'process.reallyExit(0);'),
  attack('process.exitCode', harmless, 'process.exitCode = 7; return 1;'),
  attack('process.abort', ends('signaled'), 'process.abort();'),
  attack(
    'process.abort with the words of a full heap',
    ends('signaled', 'memoryExceeded'),
    `fs.writeSync(2, 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'); process.abort();`,
  ),
  attack(
    'a crash by process.binding',
    { ...ends('signaled'), message: /SIGABRT/ },
    `process.binding('fs').open(input.secretFile, 'a text in the place of a number', 0); return 'nothing';`,
  ),
  attack(
    'an end while the answer is on its way',
    ends('succeeded', 'exited'),
    `setImmediate(() => process.exit(0)); return 'x'.repeat(3e6);`,
  ),
  attack(
    'an exit in the middle of a frame',
    exited,
    `fs.writeSync(3, Buffer.from([0, 0, 1, 0, 123])); process.exit(0);`,
  ),
  attack('SIGKILL to itself', notPermitted, `process.kill(process.pid, 'SIGKILL'); await sleep(50); return 'nothing';`),
  attack('SIGSTOP to itself', notPermitted, `process.kill(process.pid, 'SIGSTOP'); await sleep(50); return 'nothing';`),
  attack(
    'forged events of process',
    harmless,
    `for (const event of ['SIGTERM', 'disconnect', 'beforeExit', 'message', 'internalMessage']) process.emit(event, { cmd: 'NODE_ACK' }); return 1;`,
  ),
  attack('another title', harmless, `process.title = 'postgres: checkpointer'; return 1;`),
  attack('another umask', harmless, 'process.umask(0); return 1;'),
  attack('the state of its children', harmless, `return get('node:os').loadavg().length;`),
];
