import { once } from 'node:events';
import { createStyle, type Style } from './style.ts';

/** Where a command writes, and what that place can show. */
export interface Terminal {
  /** Writes to standard output: what was asked for. */
  out(text: string): void;
  /** Writes a line to standard error: what went wrong, and hints. */
  error(line: string): void;
  /** Resolves when a reader has taken enough of what was written: who writes much waits, or it would gather in memory. */
  drained(): Promise<void>;
  /** True when a person looks at standard output. */
  readonly interactive: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
}

/** The streams of the process. */
export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The terminal of this process; colours only for people, and never with NO_COLOR. */
export function createTerminal(streams: Streams, settings: { readonly noColor: boolean }): Terminal {
  const { stdout, stderr } = streams;
  return {
    out: (text) => void stdout.write(text),
    error: (line) => void stderr.write(`${line}\n`),
    async drained() {
      if (stdout.writableNeedDrain) await once(stdout, 'drain');
    },
    interactive: stdout.isTTY,
    // Read each time: the window may have changed.
    get columns() {
      return stdout.isTTY ? stdout.columns : 80;
    },
    get rows() {
      return stdout.isTTY ? stdout.rows : 24;
    },
    style: createStyle(stdout.isTTY && !settings.noColor),
  };
}
