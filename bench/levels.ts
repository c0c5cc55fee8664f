import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { ServerProcess } from '../test/support/server-process.ts';

/** What a server process holds, by name; each has to come back to where it began. */
export type Levels = Readonly<Record<keyof typeof TOLERANCES, number>>;

const MIB = 2 ** 20;
/** How far a level may end above where it began. */
export const TOLERANCES = {
  'open descriptors': 0,
  'TCP connections': 0,
  'listeners of the process': 0,
  'open subscriptions': 0,
  'database connections': 0,
  // V8 keeps pages that it has emptied, and code that it has compiled since.
  'resident memory, MiB': 32,
  // What caches with a limit have taken up since the warm-up.
  'heap after collection, MiB': 4,
};

const Evaluated = z.object({ result: z.object({ result: z.object({ value: z.string() }) }) });
const Inside = z.object({ connections: z.number(), listeners: z.number(), heapBytes: z.number() });
const INSIDE = `JSON.stringify({
  connections: process.getActiveResourcesInfo().filter((type) => type === 'TCPSocketWrap').length,
  listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  heapBytes: process.memoryUsage().heapUsed,
})`;

/** What a server has to be started with so that it can be looked into: an inspector on loopback. */
export const INSPECTED = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** Looks into a server process from outside, and makes it collect its garbage. */
export interface LevelReader {
  read(): Promise<Levels>;
  close(): Promise<void>;
}

/** `others` are the connections that the database had before the server was started. */
export async function openLevels(server: ServerProcess, database: Client, others: Set<number>): Promise<LevelReader> {
  const inspector = /Debugger listening on (ws:\S+)/.exec(server.output())?.[1];
  if (inspector === undefined) throw new Error(`The server has no inspector:\n${server.output()}`);
  const socket = new WebSocket(inspector);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let asked = 0;
  const ask = (method: string, params: object): Promise<unknown> => {
    const id = (asked += 1);
    return new Promise((resolve) => {
      const hear = (data: Buffer): void => {
        const answer = z.looseObject({ id: z.number().optional() }).parse(JSON.parse(data.toString()));
        if (answer.id !== id) return;
        socket.off('message', hear);
        resolve(answer);
      };
      socket.on('message', hear);
      socket.send(JSON.stringify({ id, method, params }));
    });
  };
  return {
    async read() {
      // Twice: what is freed by finalizers of the first round is collected by the second.
      for (let n = 0; n < 2; n += 1) {
        await ask('HeapProfiler.collectGarbage', {});
        await delay(50);
      }
      const evaluated = await ask('Runtime.evaluate', { expression: INSIDE, returnByValue: true });
      const inside = Inside.parse(JSON.parse(Evaluated.parse(evaluated).result.result.value));
      const pids = (await connectionsOf(database)).filter((pid) => !others.has(pid));
      const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
      return {
        'open descriptors': (await readdir(`/proc/${server.pid}/fd`)).length,
        'TCP connections': inside.connections,
        'listeners of the process': inside.listeners,
        'open subscriptions': await openSubscriptions(server.url),
        'database connections': pids.length,
        'resident memory, MiB': Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024,
        'heap after collection, MiB': inside.heapBytes / MIB,
      };
    },
    async close() {
      socket.terminate();
      await database.end();
    },
  };
}

export async function connectionsOf(database: Client): Promise<readonly number[]> {
  const { rows } = await database.query<{ readonly pid: number }>(
    'select pid from pg_stat_activity where datname = current_database()',
  );
  return rows.map(({ pid }) => pid);
}

async function openSubscriptions(url: string): Promise<number> {
  // A connection that is kept alive would count as one of the server's.
  const response = await fetch(`${url}/metrics`, { headers: { connection: 'close' } });
  const counts = [...(await response.text()).matchAll(/^iceos_subscriptions_open\{.*\} (\d+)$/gm)];
  if (counts.length === 0) throw new Error('The metrics have no iceos_subscriptions_open.');
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
