import vm from 'node:vm';

/** The name under which stack traces show the author's source. */
const CODE_FILE = 'code.js';

type CodeRun = (input: unknown) => Promise<unknown>;

/**
 * Compiles the body of an async function of `input`. The wrapper's first line is line 0, so that line numbers in errors
 * are those of the author's source.
 */
export function loadCode(source: string): CodeRun {
  const script = compile(source);
  const run: unknown = script.runInThisContext();
  if (typeof run !== 'function') throw new SyntaxError('The source is not the body of one function.');
  return run as CodeRun; // the wrapper above is an async function, whatever its body
}

function compile(source: string): vm.Script {
  try {
    return new vm.Script(`(async function (input) {\n${source}\n})`, {
      filename: CODE_FILE,
      lineOffset: -1,
      // Lets code write `await import('node:crypto')`; there is no `require`.
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
  } catch (error) {
    // The fault is seen at the wrapper's last line: something in the source is left open.
    const line = error instanceof Error ? /^code\.js:(\d+)/.exec(error.stack ?? '')?.[1] : undefined;
    if (Number(line) > source.split('\n').length)
      throw new SyntaxError('The source ends before all of its brackets are closed.');
    throw error;
  }
}

/** A sentence about what was thrown, with the line of the author's source where there is one. */
export function describeThrown(thrown: unknown): string {
  try {
    return describe(thrown);
  } catch {
    // Its message, name or stack is code that throws too.
    return 'The code threw an error that cannot be read.';
  }
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `The code threw ${show(thrown)}.`;
  // By name, not by class: each tool is a bundle with a copy of its own. Its sentence needs no prefix and no line.
  if (thrown.name === 'ToolFailure') return thrown.message;
  const text = `${thrown.name}: ${thrown.message}`;
  const place = placeIn(typeof thrown.stack === 'string' ? thrown.stack : '');
  return place === undefined ? text : `${text} (${place})`;
}

function placeIn(stack: string): string | undefined {
  const frame = /\bcode\.js:(\d+)(?::(\d+))?/.exec(stack);
  if (frame === null) return undefined;
  return frame[2] === undefined ? `line ${frame[1]}` : `line ${frame[1]}, column ${frame[2]}`;
}

function show(value: unknown): string {
  try {
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  } catch {
    return `a ${typeof value}`;
  }
}
