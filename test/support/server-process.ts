import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEnsureFirstApiKey } from '../../src/use-cases/create-api-key.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Stores } from '../../src/store/stores.ts';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';

const MAIN = path.resolve('dist/main.js');
const READY_WITHIN_MS = 30_000;

/** `iceos serve` in a process of its own, as an operator runs it. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** What it has said on standard error so far. */
  readonly output: () => string;
  /** Sends a signal without waiting. */
  signal(signal: NodeJS.Signals): void;
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  close(): Promise<number | null>;
}

export interface ServerProcessOptions {
  readonly databaseUrl?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a server on a free port and waits until it is ready. */
export async function startServerProcess({
  databaseUrl,
  dataDir,
  environment = {},
}: ServerProcessOptions): Promise<ServerProcess> {
  const folder = dataDir ?? (await mkdtemp(path.join(tmpdir(), 'iceos-server-')));
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0'], {
    env: {
      PATH: process.env['PATH'],
      ICEOS_SANDBOX: 'best-available',
      ICEOS_DATA_DIR: folder,
      ICEOS_LOG_LEVEL: 'warn',
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'exit');
  const url = await untilReady(child, () => output);
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await exited;
    }
    if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
    return child.exitCode;
  };
  return {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    signal: (signal) => void child.kill(signal),
    kill: () => end('SIGKILL').then(() => undefined),
    close: () => end('SIGTERM'),
  };
}

function untilReady(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`was not ready in ${READY_WITHIN_MS} ms`);
    }, READY_WITHIN_MS);
    const fail = (what: string): void => {
      clearTimeout(timer);
      reject(new Error(`The server ${what}:\n${output()}`));
    };
    child.once('exit', (code) => fail(`ended with code ${code}`));
    child.stderr?.on('data', () => {
      const url = /GraphQL and playground: (http:\S+)\/graphql/.exec(output())?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}

/** The first key of a database, with all scopes. */
export async function makeKey({ credentials }: Pick<Stores, 'credentials'>): Promise<string> {
  const made = await createEnsureFirstApiKey({ credentials, clock: systemClock, newId: uuid })();
  if (!made) throw new Error('The database has a key already.');
  return made.key;
}

const Answer = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z.array(z.object({ message: z.string() })).optional(),
});

/** Asks a server as any client does; rejects when the answer has errors. */
export async function ask<T>(
  { url, key }: { readonly url: string; readonly key: string },
  query: string,
  { variables, schema }: { readonly variables: Readonly<Record<string, unknown>>; readonly schema: z.ZodType<T> },
): Promise<T> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = Answer.parse(await response.json());
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'));
  return schema.parse(data);
}
