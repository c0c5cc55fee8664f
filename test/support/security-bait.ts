import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import type { JsonObject } from '../../src/core/json.ts';

export interface BaitSettings {
  readonly checkout: string;
  readonly dist: string;
  readonly layer: string;
  /** Stands in the environment of this process. */
  readonly secret: string;
}

/** What attacks are after: files that everybody may read and write, sockets that everybody may use, a process to signal. */
export interface Bait {
  /** Where it all is; the input of each attack. */
  readonly input: JsonObject;
  /** What somebody has done to it since it was last asked, and makes it good. */
  takeDamage(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const FILES = {
  'secret.txt': 'SECRET=of the server\n',
  'target.txt': 'as it was\n',
  'module.cjs': 'exports.secret = "of the server";\n',
  'module.mjs': 'export const secret = "of the server";\n',
};

/** Lays the bait below the folder for temporary files. */
export async function layBait({ checkout, dist, layer, secret }: BaitSettings): Promise<Bait> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bait-'));
  const files = path.join(folder, 'files');
  const fill = async (): Promise<string> => {
    await rm(files, { recursive: true, force: true });
    await mkdir(files);
    // The rights of users are not what is tested.
    for (const each of [folder, files]) await chmod(each, 0o777);
    for (const [name, text] of Object.entries(FILES)) {
      await writeFile(path.join(files, name), text);
      await chmod(path.join(files, name), 0o666);
    }
    return await describe(files);
  };
  let before = await fill();
  const heard: string[] = [];
  const unixPath = path.join(folder, 'server.sock');
  const abstractName = `iceos-bait-${process.pid}`;
  const servers = await Promise.all(
    [{ port: 0, host: '127.0.0.1' }, { path: unixPath }, { path: `\0${abstractName}` }].map((where) =>
      listen(where, heard),
    ),
  );
  await chmod(unixPath, 0o777);
  const udp = createSocket('udp4', () => heard.push('a packet'));
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
  const sibling = spawn('/bin/sleep', ['3600'], { stdio: 'ignore', env: {} });
  const siblingEnded = once(sibling, 'exit');

  return {
    input: {
      ...{ secret, marker: secret, layer, checkout, unixPath, abstractName, hostname: hostname() },
      ...{ secretFolder: files, secretFile: path.join(files, 'secret.txt'), target: path.join(files, 'target.txt') },
      ...{ serverPid: process.pid, siblingPid: sibling.pid ?? 0, bundleFolder: dist },
      ...{ tcpPort: portOf(servers[0]), udpPort: udp.address().port },
    },
    async takeDamage() {
      const damage = heard.splice(0);
      if (sibling.exitCode !== null || sibling.signalCode !== null) damage.push('the sibling was ended');
      const now = await describe(files);
      if (now !== before) {
        damage.push(`files are ${now} and were ${before}`);
        before = await fill();
      }
      if (Object.keys(Object.prototype).length > 0 || 'polluted' in {})
        damage.push('objects of the server are polluted');
      return damage;
    },
    async close() {
      sibling.kill('SIGKILL');
      await siblingEnded;
      for (const server of servers) server.close();
      udp.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function listen(where: object, heard: string[]): Promise<Server> {
  const server = createServer((socket) => {
    heard.push('a connection');
    socket.on('error', () => undefined);
    socket.destroy();
  });
  server.listen(where);
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server | undefined): number => (server?.address() as AddressInfo).port; // it listens on a port

/** Names, contents, modes, owners and times, in one line. */
async function describe(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  const lines = await Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      const { mode, uid, gid, mtimeMs, nlink } = await lstat(file);
      const text = (mode & 0o170_000) === 0o100_000 ? await readFile(file, 'latin1') : '';
      return [name, text, mode.toString(8), uid, gid, mtimeMs, nlink].join(' ');
    }),
  );
  return JSON.stringify(lines);
}
