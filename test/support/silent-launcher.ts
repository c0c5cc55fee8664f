import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LaunchPlan } from '../../src/sandbox/launch-plan.ts';
import { until } from './until.ts';

/** In the place of the launcher: it notes what the server asks for, and leaves it to the test to answer or not. */
export interface SilentLauncher {
  readonly file: string;
  /** The token of a launch that was asked for, by its number from 0 on. */
  token(launch: number): Promise<string>;
  /** Connects to the server as a child of the launcher would; its end of the stream stays open until it is closed. */
  connect(head: string): Promise<Socket>;
  remove(): Promise<void>;
}

/** The smallest plan there is; nobody reads it. */
export const ANY_PLAN: LaunchPlan = {
  layer: 'base',
  binds: [],
  rules: [],
  limits: {},
  wallMs: 1_000,
  program: '/none',
  args: [],
  filter: { bytes: Buffer.alloc(8), patches: [], instructionCount: 1 },
};

const TOKEN_CHARS = 32;
const SIZE_DIGITS = 8;
const SCRIPT = `#!/bin/sh
printf %s "$1" > "$0.name"
exec /bin/cat <&3 > "$0.requests"
`;

/** Writes such a launcher into a folder of its own. */
export async function writeSilentLauncher(): Promise<SilentLauncher> {
  const folder = await mkdtemp(path.join(tmpdir(), 'iceos-silent-'));
  const file = path.join(folder, 'launcher');
  await writeFile(file, SCRIPT, { mode: 0o755 });
  const read = (what: string): Promise<string> => readFile(`${file}.${what}`, 'latin1').catch(() => '');

  async function tokens(): Promise<readonly string[]> {
    const requests = await read('requests');
    const found: string[] = [];
    for (let at = 0; at + TOKEN_CHARS + SIZE_DIGITS <= requests.length;) {
      found.push(requests.slice(at, at + TOKEN_CHARS));
      at += TOKEN_CHARS + SIZE_DIGITS;
      at += Number(requests.slice(at - SIZE_DIGITS, at));
    }
    return found;
  }

  return {
    file,
    async token(launch) {
      await until(async () => (await tokens()).length > launch, 5_000, 'the request has come');
      return (await tokens())[launch] ?? '';
    },
    async connect(head) {
      const name = await read('name');
      const socket = connect({ path: `\0${name}`, allowHalfOpen: true });
      socket.on('error', () => undefined);
      // What nobody reads has no end.
      socket.resume();
      await new Promise((resolve) => socket.once('connect', resolve));
      if (head !== '') socket.write(head);
      return socket;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
