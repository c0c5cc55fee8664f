import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_POLICY } from '../../src/blueprint/tenant-policy.ts';
import type { Json } from '../../src/core/json.ts';
import { eventsOfType, startTestApp, type TestApp } from '../support/app.ts';
import { author } from '../support/blueprint-use-cases.ts';
import { openTestDatabase, type ServerTestDatabase } from '../support/database.ts';

const SECRET = 'confined-9f1c';

/** Tries one thing after another that no grant names, and answers for each with `reached` or with how it was refused. */
const TRIES = `
  const get = process.getBuiltinModule;
  const [fs, net, dns, children] = ['fs', 'net', 'dns', 'child_process'].map((name) => get('node:' + name));
  const connected = (to) => new Promise((done, fail) => net.connect(to).on('connect', done).on('error', fail));
  const tries = {
    file: () => fs.readFileSync(input.file),
    folder: () => fs.readdirSync(input.folder),
    environment: () => fs.readFileSync('/proc/' + input.server + '/environ'),
    write: () => fs.writeFileSync(input.folder + '/written-' + process.pid, 'x'),
    port: () => connected({ port: input.port, host: '127.0.0.1' }),
    datagram: () => new Promise((done, fail) => get('node:dgram').createSocket('udp4').on('error', fail).bind(0, done)),
    program: () => { const { error } = children.spawnSync(process.execPath, ['--version']); if (error) throw error; },
    signal: () => process.kill(input.server, 0),
    priority: () => get('node:os').setPriority(input.server, get('node:os').getPriority(input.server)),
  };
  const found = {};
  for (const [name, attempt] of Object.entries(tries)) {
    try { await attempt(); found[name] = 'reached'; } catch (error) { found[name] = error.code ?? error.message; }
  }
  return found;`;

describe.runIf(process.platform === 'linux')(
  'confined: tools and code reach nothing that their grants do not name',
  () => {
    let database: ServerTestDatabase;
    let app: TestApp;
    let folder: string;
    let listener: Server;
    let input: Json;

    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'iceos-confined-'));
      for (const name of ['reports', 'salaries']) {
        await mkdir(path.join(folder, name));
        await writeFile(path.join(folder, name, 'june.txt'), `${name} ${SECRET}`);
      }
      listener = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => listener.once('listening', resolve));
      const address = listener.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      input = { file: path.join(folder, 'salaries/june.txt'), folder, server: process.pid, port };
      database = await openTestDatabase();
      const folders = ['reports', 'salaries'].map((name) => `${name}=${path.join(folder, name)}`).join(',');
      app = await startTestApp({
        databaseUrl: database.url,
        environment: { ICEOS_SANDBOX: 'confined', ICEOS_FOLDERS: folders },
      });
    });
    afterAll(async () => {
      await app.close();
      await database.close();
      listener.close();
      await rm(folder, { recursive: true });
    });

    it('code reaches neither files, network, processes nor secrets of its machine, and its receipt says what confined it', async () => {
      const { events, output } = await app.run(
        {
          name: 'tries',
          input: { type: 'object' },
          nodes: { it: { kind: 'code', source: TRIES, input: '${ input }' } },
          output: '${ nodes.it.output }',
        },
        input,
      );
      expect(output).toEqual({
        file: expect.stringMatching(REFUSED),
        folder: expect.stringMatching(REFUSED),
        environment: expect.stringMatching(REFUSED),
        write: expect.stringMatching(REFUSED),
        port: 'EACCES',
        datagram: 'EACCES',
        program: 'EPERM',
        signal: 'EPERM',
        priority: expect.stringMatching(REFUSED_BY_FILTER),
      });
      const [done] = eventsOfType(events, 'attemptSucceeded', 'it');
      expect(done?.receipt).toMatchObject({ profile: 'js', layer: expect.stringMatching(/^(full|base)$/) });
      expect((await readdir(folder)).sort()).toEqual(['reports', 'salaries']);
    });

    it('the same code reaches all of it where nothing confines', async () => {
      const program = `(async (input) => {${TRIES}})(${JSON.stringify(input)}).then((found) => { console.log(JSON.stringify(found)); process.exit(0); })`;
      const { stdout } = await promisify(execFile)(process.execPath, ['-e', program]);
      expect(new Set(Object.values(JSON.parse(stdout) as object))).toEqual(new Set(['reached']));
      for (const name of await readdir(folder)) if (name.startsWith('written')) await rm(path.join(folder, name));
    });

    it('a tool reaches the folder that policy, tool and node name, and not the one beside it', async () => {
      const { policies } = app.useCases;
      const { version: expectedVersion } = await policies.getPolicy(author);
      const updated = await policies.updatePolicy(author, {
        expectedVersion,
        policy: { ...EMPTY_POLICY, folders: ['reports'] },
      });
      expect(updated.ok).toBe(true);
      const read = (name: string, file: string) =>
        app.run({
          name: `reads-${name}-${file.length}`,
          nodes: {
            it: { kind: 'tool', tool: 'file.read', input: { folder: name, path: file }, grants: { folders: [name] } },
          },
          output: '${ nodes.it.output.text }',
        });
      const granted = await read('reports', 'june.txt');
      expect(granted.output).toBe(`reports ${SECRET}`);
      expect(eventsOfType(granted.events, 'attemptSucceeded', 'it')[0]?.receipt?.grants).toEqual(['folder reports']);
      for (const refused of [await read('salaries', 'june.txt'), await read('reports', '../salaries/june.txt')]) {
        expect(refused.end).toBe('executionFailed');
        expect(JSON.stringify(refused)).not.toContain(SECRET);
      }
    });
  },
);

const REFUSED = /^(EACCES|ENOENT|EROFS|EPERM)$/;
const REFUSED_BY_FILTER = /^(ERR_SYSTEM_ERROR|EPERM|EACCES)$/;
