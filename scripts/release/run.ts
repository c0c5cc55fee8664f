import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Milliseconds after which the program is ended. */
  readonly timeoutMs?: number | undefined;
}

/** Runs a program to its end and answers what it said on standard output. Rejects with the end of all that it said when it fails. */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { cwd, env = process.env, timeoutMs } = options;
  const child = spawn(program, args, { cwd, env, timeout: timeoutMs, stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, all] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    all += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => (all += chunk.toString()));
  const [code, signal] = z.tuple([z.number().nullable(), z.string().nullable()]).parse(await once(child, 'close'));
  if (code === 0) return said;
  const log = path.join(tmpdir(), `iceos-release-${Date.now()}.log`);
  await writeFile(log, all);
  const end = all.trim().split('\n').slice(-40).join('\n');
  throw new Error(
    `${[program, ...args].join(' ')} ended with ${code ?? signal}; ${log} has all that it said. The end:\n${end}`,
  );
}
