import { readdir, readFile, readlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Worker } from 'node:worker_threads';
import { listProcesses } from '../../src/sandbox/proc.ts';

/** What a server has and shows from outside. */
export interface ServerBelongings {
  readonly descendants: readonly ('living' | 'zombie')[];
  readonly descriptors: readonly string[];
  readonly mounts: number;
  readonly temporary: readonly string[];
  readonly groups: readonly string[];
}

/** Looks at a server and all that descends from it; zombies are named. */
export async function lookAtServer(pid: number): Promise<ServerBelongings> {
  const all = await listProcesses();
  const tree = new Set([pid]);
  for (let size = 0; size !== tree.size;) {
    size = tree.size;
    for (const entry of all) if (tree.has(entry.parent)) tree.add(entry.pid);
  }
  const descendants = all.filter((entry) => tree.has(entry.pid) && entry.pid !== pid);
  const names = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => 'gone')));
  const mounts = (await readFile(`/proc/${pid}/mountinfo`, 'latin1')).split('\n');
  const temporary = (await readdir(tmpdir())).filter((name) => name.startsWith('iceos-worker'));
  return {
    descendants: descendants.map((entry) => (entry.state === 'Z' ? 'zombie' : 'living')),
    descriptors: targets.map((target) => target.replace(/\[\d+\]$/, '')).sort(),
    mounts: mounts.filter((line) => /^\S+ \S+ \S+ \S+ \/(tmp|scratch|folders|worker\.cjs)(\/\S*)? /.test(line)).length,
    temporary,
    groups: await groupsOf(pid),
  };
}

async function groupsOf(pid: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/${pid}/cgroup`, 'latin1').catch(() => '');
  const folders = text.split('\n').flatMap((line) => {
    const match = /^\d+:(?:name=)?([^:]*):(.*)$/.exec(line);
    return match === null ? [] : [`/sys/fs/cgroup/${match[1] ?? ''}${match[2] ?? ''}`];
  });
  const lists = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  return lists.flat().filter((name) => name.startsWith(`iceos-worker-${pid}-`));
}

/** What the thread does: the loop of the test itself is busy, and would be measured with the server. */
const POLLER = `
const { parentPort, workerData: { url, everyMs } } = require('node:worker_threads');
const http = require('node:http');
const agent = new http.Agent({ keepAlive: true });
const taken = [];
let over = false;
const ask = () => new Promise((done, fail) => http.get(url, { agent }, (response) => {
  if (response.statusCode !== 200) fail(new Error('It answered ' + response.statusCode + '.'));
  response.resume().on('end', done);
}).on('error', fail));
parentPort.on('message', () => (over = true));
(async () => {
  while (!over) {
    const startedAt = performance.now();
    await ask();
    taken.push(performance.now() - startedAt);
    await new Promise((done) => setTimeout(done, everyMs));
  }
  agent.destroy();
  parentPort.postMessage(taken);
  parentPort.close();
})();`;

/** Asks a URL one time after another until it is told to stop, and gives how long each answer took. */
export function pollLatency(url: string, everyMs: number): { stop(): Promise<readonly number[]> } {
  const poller = new Worker(POLLER, { eval: true, workerData: { url, everyMs } });
  const taken = new Promise<readonly number[]>((resolve, reject) => {
    poller.on('message', resolve);
    poller.on('error', reject);
  });
  taken.catch(() => undefined); // whoever stops it hears it
  return {
    stop() {
      poller.postMessage('stop');
      return taken;
    },
  };
}
