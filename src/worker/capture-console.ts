import { formatWithOptions } from 'node:util';

type Level = 'info' | 'warn' | 'error';

const MAX_LINES = 1_000;
const MAX_LINE_CHARS = 8 * 1024;

const LEVELS: readonly (readonly ['log' | 'info' | 'debug' | 'trace' | 'warn' | 'error', Level])[] = [
  ['log', 'info'],
  ['info', 'info'],
  ['debug', 'info'],
  ['trace', 'info'],
  ['warn', 'warn'],
  ['error', 'error'],
];

/** A log that cuts long lines and stops after many, saying so once. */
export function createBoundedLog(
  write: (level: Level, message: string) => void,
): (level: Level, message: string) => void {
  let lines = 0;
  return (level, message) => {
    lines += 1;
    if (lines > MAX_LINES + 1) return;
    if (lines === MAX_LINES + 1)
      return write('warn', `Further log lines are dropped: this attempt wrote more than ${MAX_LINES}.`);
    write(level, message.length > MAX_LINE_CHARS ? `${message.slice(0, MAX_LINE_CHARS)} ... (cut)` : message);
  };
}

/** Turns what foreign code writes with `console` into log lines of its attempt. */
export function captureConsole(log: (level: Level, message: string) => void): void {
  for (const [method, level] of LEVELS) {
    // eslint-disable-next-line no-console -- foreign code writes to it; this is where it ends
    console[method] = (...parts: readonly unknown[]): void => log(level, formatWithOptions({ depth: 4 }, ...parts));
  }
}
