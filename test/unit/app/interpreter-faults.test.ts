import { chmod, copyFile, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { interpreterFaults } from '../../../src/app/interpreter-faults.ts';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'iceos-interpreters-')));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** A program below the folder, and what is wrong with it. */
async function faultsOf(place: string, paths: { readonly root?: string; readonly dataDir?: string } = {}) {
  const file = path.join(folder, place);
  await mkdir(path.dirname(file), { recursive: true });
  await copyFile('/bin/sh', file);
  await chmod(file, 0o755);
  const { root = '/opt/iceos', dataDir = '/var/lib/iceos' } = paths;
  return interpreterFaults({ interpreters: [{ name: 'own', path: file }], dataDir, secretsFile: undefined }, { root });
}

describe.runIf(process.platform === 'linux')('an interpreter of the operator', () => {
  it('may be one of the system, or have a folder of its own', async () => {
    expect(await faultsOf('python/bin/python')).toEqual([]);
    const system = { interpreters: [{ name: 'sh', path: '/bin/sh' }], dataDir: '/', secretsFile: undefined };
    expect(await interpreterFaults(system, { root: '/' })).toEqual([]);
  });

  it('is missed by its name where it is not', async () => {
    const nowhere = { interpreters: [{ name: 'perl', path: '/nowhere/perl' }], dataDir: '/', secretsFile: undefined };
    expect(await interpreterFaults(nowhere, { root: '/' })).toEqual([
      'ICEOS_SHELL_INTERPRETERS: perl is no program at /nowhere/perl.',
    ]);
  });

  it.each([
    ['the installation', { root: 'mine/iceos' }],
    ['the data', { dataDir: 'mine/.iceos' }],
  ])('is refused where its folder holds %s', async (_what, inside) => {
    const paths = Object.fromEntries(Object.entries(inside).map(([name, file]) => [name, path.join(folder, file)]));
    expect(await faultsOf('mine/bin/python', paths)).toEqual([
      `ICEOS_SHELL_INTERPRETERS: own would show every tool that uses it all of ${folder}/mine, which holds ${Object.values(paths)[0]}. Install it in a folder of its own, such as /opt/own.`,
    ]);
  });

  it('is refused where its folder is a home', async () => {
    const home = process.env['HOME'];
    try {
      process.env['HOME'] = path.join(folder, 'home');
      expect(await faultsOf('home/bin/python')).toEqual([expect.stringContaining('which is or holds a home folder')]);
      expect(await faultsOf('home/python/bin/python')).toEqual([]);
    } finally {
      process.env['HOME'] = home;
    }
  });

  it('is refused where anybody may put a program beside it', async () => {
    await mkdir(path.join(folder, 'open'), { recursive: true });
    await chmod(path.join(folder, 'open'), 0o777);
    expect(await faultsOf('open/python')).toEqual([expect.stringContaining('where anybody may put a program')]);
  });
});
