import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findInterpreters } from '../../../src/sandbox/find-interpreters.ts';
import { LAUNCHER_DIGESTS } from '../../../src/sandbox/generated/launcher-digests.ts';
import { findLauncher } from '../../../src/sandbox/launcher-file.ts';

const GENERATED = path.resolve('src/sandbox/launcher/generated');
let folder: string;
let own: string;
const sha256 = createHash('sha256').update('own').digest('hex');

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-test-'));
  own = path.join(folder, 'own');
  await writeFile(own, 'own', { mode: 0o755 });
});
afterAll(() => rm(folder, { recursive: true }));

describe('the launcher', () => {
  it.each([
    ['x64', 'x86_64'],
    ['arm64', 'aarch64'],
  ] as const)('of the package is known by its digest, on %s', async (cpu, architecture) => {
    expect(await findLauncher(GENERATED, { cpu })).toEqual({
      file: path.join(GENERATED, `launcher-${architecture}`),
      architecture,
      sha256: LAUNCHER_DIGESTS[architecture],
      isCustom: false,
    });
  });

  it('is for two architectures', async () => {
    expect(await findLauncher(GENERATED, { cpu: 'riscv64' })).toMatch(/no launcher for riscv64/);
  });

  it('may be one that the operator built, when it has the digest that was named', async () => {
    const custom = { file: own, sha256 };
    expect(await findLauncher(GENERATED, { cpu: 'x64', custom })).toMatchObject({ file: own, sha256, isCustom: true });
  });

  it('of the operator is refused with another digest, and both are shown', async () => {
    const wanted = 'a'.repeat(64);
    const found = await findLauncher(GENERATED, { cpu: 'x64', custom: { file: own, sha256: wanted } });
    for (const text of [sha256, wanted, 'ICEOS_LAUNCHER_SHA256']) expect(found).toContain(text);
  });

  it('of the operator is missed by its name', async () => {
    const custom = { file: path.join(folder, 'nowhere'), sha256 };
    expect(await findLauncher(GENERATED, { cpu: 'x64', custom })).toMatch(/nowhere \(ICEOS_LAUNCHER\) is missing/);
  });
});

describe('the interpreters', () => {
  it('are looked for, and those that were named are missed', async () => {
    const nowhere = path.join(folder, 'nowhere');
    expect(await findInterpreters({ own, nowhere })).toEqual({ found: { own }, missing: [['nowhere', nowhere]] });
  });

  it('are the usual ones, as far as they are there', async () => {
    const { found, missing } = await findInterpreters(undefined);
    expect(found).toMatchObject({ sh: '/bin/sh' });
    expect(missing).toEqual([]);
  });
});
