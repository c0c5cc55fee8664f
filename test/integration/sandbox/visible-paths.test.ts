import { chmod, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEgress } from '../../../src/egress/egress.ts';
import { createHostCalls } from '../../../src/sandbox/host-calls/host-calls.ts';
import { createProcessSandbox, type ProcessSandbox } from '../../../src/sandbox/process-sandbox.ts';
import { findNodeFiles } from '../../../src/sandbox/room.ts';
import type { Grant } from '../../../src/sandbox/grant.ts';
import type { SandboxOutcome } from '../../../src/sandbox/sandbox.ts';
import { confinedLaunching, LAYERS } from '../../support/confined.ts';
import { codeCall, never, TOOLS_FOLDER, toolCall, WORKER_BUNDLE } from '../../support/sandbox.ts';

const LOOKED_AT = [
  ...[
    '/',
    '/boot',
    '/dev',
    '/etc',
    '/home',
    '/lib',
    '/lib64',
    '/mnt',
    '/opt',
    '/proc',
    '/root',
    '/run',
    '/srv',
    '/sys',
  ],
  ...[
    '/tmp',
    '/usr',
    '/usr/bin',
    '/usr/lib',
    '/usr/local',
    '/usr/local/bin',
    '/usr/share',
    '/var',
    '/var/lib',
    '/var/log',
  ],
  ...[
    '/etc/ssl',
    '/usr/lib/ssl',
    '/usr/local/ssl',
    '/proc/1',
    '/proc/self',
    '/lib/x86_64-linux-gnu',
    '/lib/aarch64-linux-gnu',
  ],
  ...[process.cwd(), path.dirname(process.cwd()), path.resolve('dist'), TOOLS_FOLDER, path.resolve('node_modules')],
];

/** Everything in the folders that somebody would look into first, as this machine has them. */
async function candidates(): Promise<readonly string[]> {
  const found = await Promise.all(
    LOOKED_AT.map(async (folder) => {
      const names = await readdir(folder).catch(() => []);
      return [folder, ...names.map((name) => path.join(folder, name))];
    }),
  );
  const ownProcess = ['environ', 'maps', 'mem', 'cmdline', 'fd'].map((name) => `/proc/${process.pid}/${name}`);
  return [...new Set([...found.flat(), ...ownProcess, '/worker.cjs', '/scratch', '/folders', '/folders/1'])];
}

/** Of these, the ones that it may read. Symbolic links count where they lead. */
const LOOK = `
  const fs = await import('node:fs');
  return input.filter((file) => {
    try {
      if (fs.statSync(file).isDirectory()) fs.readdirSync(file);
      else fs.closeSync(fs.openSync(file, 'r'));
      return true;
    } catch {
      return false;
    }
  });`;

/** Paths that differ by machine and version, by what they are; links of a process lead to its own program and input. */
async function named(files: readonly unknown[]): Promise<readonly string[]> {
  const { binary, libraries } = findNodeFiles();
  const real = (file: string): Promise<string> => realpath(file).catch(() => file);
  const realLibraries = await Promise.all(libraries.map(real));
  const names = await Promise.all(
    files.map(async (file) => {
      const text = String(file);
      if (/^\/proc\/(self|thread-self|\d+)(\/|$)|^\/dev\/std/.test(text)) return '<process>';
      const target = await real(text);
      if (target === binary) return '<node>';
      if (realLibraries.includes(target)) return '<library>';
      return text === WORKER_BUNDLE ? '/worker.cjs' : text;
    }),
  );
  return [...new Set(names)].sort();
}

const DEVICES = ['/dev/null', '/dev/random', '/dev/urandom', '/dev/zero'];
const OPENSSL = ['/etc/ssl/openssl.cnf', '/usr/lib/ssl/openssl.cnf', '/usr/local/ssl/openssl.cnf'];

/** The golden list. A path that is missing here is a hole, or a decision: then it stands in docs/sandbox.md too. */
const GOLDEN = {
  full: [...DEVICES, '/proc', '/scratch', '/worker.cjs', '<library>', '<node>', '<process>'],
  base: [...DEVICES, ...OPENSSL, '/worker.cjs', '<library>', '<node>', '<process>'],
} as const;

describe.each(LAYERS)('What code can read in the %s layer', (layer) => {
  let sandbox: ProcessSandbox;
  beforeAll(async () => {
    sandbox = createProcessSandbox({
      launching: await confinedLaunching(layer),
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
    });
  });
  afterAll(() => sandbox.close());

  it('is the golden list, and nothing else', async () => {
    const { outcome } = await sandbox.run(codeCall(LOOK, { input: [...(await candidates())] }), never());
    if (outcome.kind !== 'succeeded' || !Array.isArray(outcome.output)) throw new Error(JSON.stringify(outcome));
    // Not every machine has each of OpenSSL's places.
    const seen = await named(outcome.output);
    expect(seen.filter((file) => !GOLDEN[layer].some((golden) => golden === file))).toEqual([]);
    expect(GOLDEN[layer].filter((file) => !seen.includes(file) && !OPENSSL.includes(file))).toEqual([]);
  });

  it('has the folder of its tool, for a tool', async () => {
    const call = toolCall('hash.digest', { text: 'abc' });
    expect((await sandbox.run(call, never())).outcome.kind).toBe('succeeded');
  });
});

describe.each(LAYERS)('A call with many folders in the %s layer', (layer) => {
  let top: string;
  let sandbox: ProcessSandbox;
  beforeAll(async () => {
    top = await mkdtemp(path.join(tmpdir(), 'iceos-folders-'));
    await chmod(top, 0o755);
    sandbox = createProcessSandbox({
      launching: await confinedLaunching(layer),
      hostCalls: createHostCalls({ egress: createEgress() }),
      warmWorkers: 0,
    });
  });
  afterAll(async () => {
    await sandbox.close();
    await rm(top, { recursive: true });
  });

  const runWith = async (count: number): Promise<SandboxOutcome> => {
    const names = Array.from({ length: count }, (_, index) => `folder-${index}`);
    for (const name of names) await mkdir(path.join(top, name), { recursive: true });
    const grants = names.map((name): Grant => ({ kind: 'folder', name, path: path.join(top, name) }));
    const last = layer === 'full' ? `/folders/${count}` : path.join(top, `folder-${count - 1}`);
    const source = `return (await import('node:fs')).readdirSync(${JSON.stringify(last)});`;
    return (await sandbox.run(codeCall(source, { grants }), never())).outcome;
  };

  it('sees as many as a node may ask for, and is told where there are more', async () => {
    expect(await runWith(65)).toEqual({ kind: 'succeeded', output: [] });
    expect(await runWith(120)).toEqual({
      kind: 'sandboxFailed',
      message: expect.stringContaining('and this one was granted 120: name fewer of them in the grants of the node.'),
    });
  });
});
