import { attacksOf, ends, harmless, refused, type Attack } from './attack.ts';

const attack = attacksOf('output');
const flooded = ends('outputExceeded');
const again = (write: string): string =>
  `const text = 'x'.repeat(65_536); for (;;) { try { ${write} } catch (error) { if (error.code !== 'EAGAIN') throw error; await sleep(1); } }`;

/** More than anybody wants to read. */
export const outputAttacks: readonly Attack[] = [
  attack('a flood on standard output', flooded, again('fs.writeSync(1, text);')),
  attack('a flood on standard error', flooded, again('fs.writeSync(2, text);')),
  attack(
    'a flood by process.stdout',
    flooded,
    `for (;;) if (!process.stdout.write('x'.repeat(65_536))) await new Promise((done) => process.stdout.once('drain', done));`,
  ),
  attack('a flood by process._rawDebug', flooded, `for (;;) process._rawDebug('x'.repeat(65_536));`),
  attack('a flood by console', harmless, `for (let i = 0; i < 50_000; i += 1) console.log('line', i); return 1;`),
  attack(
    'a flood by console.error of long lines',
    harmless,
    `for (let i = 0; i < 300; i += 1) console.error('x'.repeat(1e5)); return 1;`,
  ),
  attack('a flood of warnings', ends('succeeded', 'outputExceeded'), [
    `for (let i = 0; i < 20_000; i += 1) process.emitWarning('x'.repeat(200)); await sleep(10); return 1;`,
    { limits: { timeoutMs: 25_000 } },
  ]),
  attack('console.log of what inspects forever', ends('timedOut'), [
    `console.log({ [Symbol.for('nodejs.util.inspect.custom')]() { for (;;); } }); return 1;`,
    { limits: { timeoutMs: 500 } },
  ]),
  attack('console.table of thousands of rows', harmless, [
    `console.table(Array.from({ length: 5e3 }, (_, a) => ({ a }))); return 1;`,
    { limits: { timeoutMs: 4_000 } },
  ]),
  attack('an answer above its limit', flooded, [`return 'x'.repeat(10_000);`, { limits: { outputBytes: 1_000 } }]),
  attack('an answer far above its limit', flooded, [
    `return 'x'.repeat(9e6);`,
    { limits: { timeoutMs: 25_000, outputBytes: 100_000 } },
  ]),
  attack('an answer of wide characters above its limit', flooded, [
    `return '\\u20ac'.repeat(400);`,
    { limits: { outputBytes: 1_000 } },
  ]),
  attack('an answer of characters that JSON makes six times as long', flooded, [
    `return '\\u0001'.repeat(400);`,
    { limits: { outputBytes: 1_000 } },
  ]),
  attack('an answer of half characters', harmless, `return ['\\ud800', '\\udfff', 'a\\ud83d'];`),
  attack('an error with a message of megabytes', refused(/^Error: x+/), `throw new Error('x'.repeat(5e6));`),
  attack(
    'an error with a name of megabytes',
    refused(/^x+/),
    `throw Object.assign(new Error('a'), { name: 'x'.repeat(5e6) });`,
  ),
  attack(
    'escape sequences for a terminal',
    refused(/^Error: .*title/s),
    `throw new Error('\\u001b]0;title\\u0007\\u001b[2J\\u001bc');`,
  ),
  attack(
    'a line that looks like one of the log',
    harmless,
    `console.log('{"level":60,"msg":"fatal"}\\n{"level":60}'); return 1;`,
  ),
];
