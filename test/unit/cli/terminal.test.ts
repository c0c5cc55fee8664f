import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createStyle } from '../../../src/cli/style.ts';
import { createTerminal } from '../../../src/cli/terminal.ts';

function stream(isTTY: boolean): NodeJS.WriteStream & { read(): Buffer | null } {
  const through = Object.assign(new PassThrough(), { isTTY, columns: 100, rows: 40 });
  // What a terminal's stream has besides is not used here.
  return through as unknown as NodeJS.WriteStream & { read(): Buffer | null };
}

describe('createTerminal', () => {
  it('uses colours and the size of the window for people', () => {
    const terminal = createTerminal({ stdout: stream(true), stderr: stream(true) }, { noColor: false });
    expect(terminal).toMatchObject({ interactive: true, columns: 100, rows: 40 });
    expect(terminal.style.red('x')).toBe('\u001B[31mx\u001B[39m');
  });

  it('uses no colours with NO_COLOR, nor in a pipe', () => {
    const person = createTerminal({ stdout: stream(true), stderr: stream(true) }, { noColor: true });
    const pipe = createTerminal({ stdout: stream(false), stderr: stream(false) }, { noColor: false });
    expect([person.style.red('x'), pipe.style.red('x')]).toEqual(['x', 'x']);
    expect(pipe).toMatchObject({ interactive: false, columns: 80, rows: 24 });
  });

  it('writes what was asked for to standard output, and the rest to standard error', () => {
    const streams = { stdout: stream(false), stderr: stream(false) };
    const terminal = createTerminal(streams, { noColor: false });
    terminal.out('answer');
    terminal.error('hint');
    expect([streams.stdout.read()?.toString(), streams.stderr.read()?.toString()]).toEqual(['answer', 'hint\n']);
  });
});

describe('drained', () => {
  it('waits for the reader when more was written than is kept for him', async () => {
    const stdout = stream(false);
    const terminal = createTerminal({ stdout, stderr: stream(false) }, { noColor: false });
    await terminal.drained();
    terminal.out('x'.repeat(1_000_000));
    let isDrained = false;
    const drained = terminal.drained().then(() => (isDrained = true));
    await setImmediate();
    expect(isDrained).toBe(false);
    stdout.read();
    await drained;
  });
});

describe('createStyle', () => {
  it('sets nothing off where there is nothing', () => {
    const style = createStyle(true);
    expect([style.bold(''), style.dim('x'), style.cyan('x')]).toEqual([
      '',
      '\u001B[2mx\u001B[22m',
      '\u001B[36mx\u001B[39m',
    ]);
  });
});
