import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createForker, type Forker, type ForkerTimes } from '../../../src/sandbox/forker.ts';
import { ANY_PLAN, writeSilentLauncher, type SilentLauncher } from '../../support/silent-launcher.ts';
import { until } from '../../support/until.ts';

const STREAMS = ['c', 'f', 'o', 'e'] as const;
/** Far below the time that a connection has to say whose it is. */
const AT_ONCE_MS = 1_500;
const SHORT_MS = 300;

/** Once the server has closed its end. */
const ended = (socket: Socket): Promise<unknown> =>
  socket.readableEnded || socket.destroyed
    ? Promise.resolve()
    : new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
const isOpen = (socket: Socket): boolean => !socket.readableEnded && !socket.destroyed;
const endsWithin = (socket: Socket, ms: number): Promise<boolean> =>
  Promise.race([ended(socket).then(() => true), delay(ms, false)]);

const settledOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'launched',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

describe.runIf(process.platform === 'linux')('A server whose launcher is silent', () => {
  let launcher: SilentLauncher;
  let forker: Forker;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    launcher = await writeSilentLauncher();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await forker.close();
    await launcher.remove();
  });

  async function connect(head: string): Promise<Socket> {
    const socket = await launcher.connect(head);
    sockets.push(socket);
    return socket;
  }

  /** Asks for a launch, and waits until the launcher has been asked. */
  async function begin(times: ForkerTimes): Promise<{ readonly token: string; readonly outcome: Promise<string> }> {
    forker = createForker(launcher.file, times);
    const outcome = settledOf(forker.start(ANY_PLAN));
    return { token: await launcher.token(0), outcome };
  }

  it('launches when all four streams have come', async () => {
    const { token, outcome } = await begin({});
    for (const letter of STREAMS) await connect(letter + token);
    expect(await outcome).toBe('launched');
  });

  it('puts out who has a token that it did not give, or asks for a stream that there is not', async () => {
    const { token, outcome } = await begin({ answerMs: 2 * AT_ONCE_MS });
    expect(await endsWithin(await connect(`c${'0'.repeat(32)}`), AT_ONCE_MS)).toBe(true);
    expect(await endsWithin(await connect(`x${token}`), AT_ONCE_MS)).toBe(true);
    for (const letter of STREAMS) await connect(letter + token);
    expect(await outcome).toBe('launched');
  });

  it('takes each stream of a launch once', async () => {
    const { token, outcome } = await begin({});
    const first = await connect(`c${token}`);
    await delay(SHORT_MS);
    expect(await endsWithin(await connect(`c${token}`), AT_ONCE_MS)).toBe(true);
    for (const letter of ['f', 'o', 'e']) await connect(letter + token);
    expect(await outcome).toBe('launched');
    expect(isOpen(first)).toBe(true);
  });

  it('puts out who begins to say whose it is and falls silent', async () => {
    const { token, outcome } = await begin({ headMs: SHORT_MS, answerMs: 2 * AT_ONCE_MS });
    const silent = await connect(`c${token.slice(0, 8)}`);
    expect(await endsWithin(silent, SHORT_MS / 3)).toBe(false);
    expect(await endsWithin(silent, AT_ONCE_MS)).toBe(true);
    expect(await outcome).toBe('The launcher does not answer.');
  });

  it('does not wait for ever, and ends a launch that comes too late', async () => {
    const { token, outcome } = await begin({ answerMs: SHORT_MS });
    expect(await outcome).toBe('The launcher does not answer.');
    const late = await Promise.all(STREAMS.map((letter) => connect(letter + token)));
    expect(await Promise.all(late.map((socket) => endsWithin(socket, AT_ONCE_MS)))).toEqual(STREAMS.map(() => true));
  });

  it('gives a launch up only when its supervisor is gone, which it has told to end', async () => {
    const { token, outcome } = await begin({ answerMs: SHORT_MS });
    const control = await connect(`c${token}`);
    const frames = await connect(`f${token}`);
    expect(await endsWithin(control, AT_ONCE_MS)).toBe(true);
    expect(await endsWithin(frames, AT_ONCE_MS)).toBe(true);
    expect(await Promise.race([outcome, delay(SHORT_MS, 'still there')])).toBe('still there');
    control.destroy();
    expect(await outcome).toBe('The launcher does not answer.');
  });

  it('says at once what failed before there was a stream', async () => {
    const { token, outcome } = await begin({});
    await connect(`c${token}{"failed":"namespaces","errno":1}\n`).then((socket) => socket.end());
    expect(await outcome).toBe('The sandbox could not be set up: namespaces failed (errno 1).');
  });

  it('keeps no connection of a stranger while nothing is launched', async () => {
    const { outcome } = await begin({ answerMs: SHORT_MS });
    await outcome;
    const strangers = await Promise.all(Array.from({ length: 100 }, () => connect('')));
    await until(async () => !strangers.some(isOpen), AT_ONCE_MS, 'all are put out');
  });

  it('keeps few of them while something is, and launches it', async () => {
    const { token, outcome } = await begin({});
    const strangers = await Promise.all(Array.from({ length: 200 }, () => connect('')));
    await until(async () => strangers.filter(isOpen).length <= 32, AT_ONCE_MS, 'all but some are put out');
    for (const letter of STREAMS) await connect(letter + token);
    expect(await outcome).toBe('launched');
    await until(async () => !strangers.some(isOpen), AT_ONCE_MS, 'all are put out');
  });

  it('does not listen on when its launcher cannot be started', async () => {
    const listening = async (): Promise<number> =>
      (await readFile('/proc/net/unix', 'latin1')).split('\n').filter((line) => line.includes('@iceos-')).length;
    const before = await listening();
    // The one makes `spawn` throw, the other an event.
    for (const file of ['/etc/passwd/launcher', '/none/launcher']) {
      forker = createForker(file);
      expect(await settledOf(forker.start(ANY_PLAN))).toMatch(/ENOTDIR|ENOENT/);
    }
    await until(async () => (await listening()) <= before, AT_ONCE_MS, 'nothing listens');
  });
});
