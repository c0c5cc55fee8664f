import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandsBelow, describedProgram } from '../../../scripts/reference/cli-page.ts';
import { codeBlocks, notRun } from '../../support/markdown.ts';
import { shellCommands } from '../../support/shell-lines.ts';

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(await readFile('package.json', 'utf8')));
const blocks = (await codeBlocks('sh')).map((block) => [block.place, block] as const);
const ROUTES = /^\/(graphql|metrics|healthz|readyz|livez|api\/v1(\/.*)?)$/;

/** What every machine has, and what does nothing to anybody. */
const PLAIN_TOOLS: readonly string[] = ['export', 'printf', 'cat', 'tr', 'sed', 'cd', 'head', 'base64', 'chmod'];

/** The sentence with which the program refuses a line; undefined: it takes it. */
function refusal(args: readonly string[]): string | undefined {
  const program: Command = describedProgram();
  program.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  for (const { command } of commandsBelow(program)) command.action(() => undefined);
  for (const command of [program, ...program.commands])
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  try {
    program.parse([...args], { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? undefined : error.message;
    throw error;
  }
}

function npmFault([, action = '', name = '', separator]: readonly string[]): string | undefined {
  if (['ci', 'install', 'audit'].includes(action) || scripts[action] !== undefined) return undefined;
  if (action !== 'run') return `npm ${action} is not known here`;
  if (scripts[name] === undefined) return `package.json has no script ${name}`;
  return separator === undefined || separator === '--' || !separator.startsWith('-')
    ? undefined
    : `npm takes ${separator} for itself: write -- before it`;
}

function curlFault(words: readonly string[]): string | undefined {
  const url = words.find((word) => /^(http|\$ICEOS|localhost)/.test(word));
  if (url === undefined) return 'it asks for no address of a server';
  const path = url
    .replace(/^\$ICEOS(?!_)/, '/api/v1')
    .replace(/^(https?:\/\/)?[\w.:$]+(?=\/)/, '')
    .replace(/^\$\w+/, '');
  return ROUTES.test(path) ? undefined : `no server answers ${path}`;
}

/** What is wrong with a command; undefined: nothing. `foreign`: it is none of ours. */
function faultOf(words: readonly string[]): string | undefined {
  const [command = '', first = ''] = words;
  const program = words.findIndex((word) => word.endsWith('dist/main.js'));
  const start = program < 0 ? words.indexOf('iceos') : program;
  if (command === 'iceos' || (command === 'npx' && first === 'iceos') || program >= 0)
    return refusal(words.slice(start + 1));
  if (command === 'npm') return npmFault(words);
  if (command === 'curl') return curlFault(words);
  if (command === 'npx' && first === 'vitest') return undefined;
  return existsSync(command) || PLAIN_TOOLS.includes(command) ? undefined : 'foreign';
}

describe('shell in the documentation', () => {
  it('is parted into commands as a shell does', () => {
    const text = `A=1 npx iceos start x --input '{ "a": 1 }' \\\n --watch > out.txt 2>&1 # why\nID=$(npx iceos list) && printf "v $(npm run x)" | npx iceos y`;
    expect(shellCommands(text)).toEqual([
      ['npx', 'iceos', 'start', 'x', '--input', '{ "a": 1 }', '--watch'],
      ['npx', 'iceos', 'list'],
      ['npm', 'run', 'x'],
      ['printf', 'v $(npm run x)'],
      ['npx', 'iceos', 'y'],
    ]);
  });

  it('is refused where the program, the package or the server has no such thing', () => {
    expect(faultOf(['npx', 'iceos', 'strat', 'x'])).toContain("unknown command 'strat'");
    expect(faultOf(['iceos', 'start', 'x', '--wacth'])).toContain("unknown option '--wacth'");
    expect(faultOf(['iceos', 'watch'])).toContain("missing required argument 'id'");
    expect(faultOf(['docker', 'exec', 'x', 'node', '/app/dist/main.js', 'keys', 'crate'])).toContain('crate');
    expect(faultOf(['npm', 'run', 'demos'])).toBe('package.json has no script demos');
    expect(faultOf(['npm', 'run', 'demo', '--once'])).toContain('write -- before it');
    expect(faultOf(['curl', 'http://127.0.0.1:4000/grahpql'])).toBe('no server answers /grahpql');
    expect(faultOf(['docker', 'ps'])).toBe('foreign');
  });

  it.each(blocks)('%s can be typed', (_place, block) => {
    const faults = shellCommands(block.text).map((words) => ({ line: words.join(' '), fault: faultOf(words) }));
    // What is not ours cannot be looked up: then the fence has to say why nobody runs it.
    const isExcused = (fault: string | undefined): boolean => fault === 'foreign' && notRun(block) !== undefined;
    expect(faults.filter(({ fault }) => fault !== undefined && !isExcused(fault))).toEqual([]);
  });
});
