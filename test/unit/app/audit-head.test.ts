import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAuditHead } from '../../../src/app/audit-head.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'iceos-head-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const headOf = (number: number) => ({ number, seal: number.toString(16).padStart(64, '0') });

/** What lies in the folder each time that something of it is made durable. */
async function watchSyncs(): Promise<readonly { readonly isFolder: boolean; readonly head: unknown }[]> {
  const handle = await open(folder, 'r');
  const kind: { sync(): Promise<void>; stat: typeof handle.stat } = Object.getPrototypeOf(handle);
  await handle.close();
  const seen: { isFolder: boolean; head: unknown }[] = [];
  const { sync } = kind;
  vi.spyOn(kind, 'sync').mockImplementation(async function (this: typeof kind) {
    const head = await readFile(path.join(folder, 'audit-head.json'), 'utf8').catch(() => 'null');
    seen.push({ isFolder: (await this.stat()).isDirectory(), head: JSON.parse(head) });
    await sync.call(this);
  });
  return seen;
}

describe('The newest seal of a process', () => {
  it('is durable before it has its name, and its name before it is said to be kept', async () => {
    const head = createAuditHead(folder);
    await head.write(headOf(1));
    const seen = await watchSyncs();
    await head.write(headOf(2));
    expect(seen).toEqual([
      { isFolder: false, head: headOf(1) },
      { isFolder: true, head: headOf(2) },
    ]);
  });

  it('is whole whoever writes at once, and nothing else is left', async () => {
    const heads = Array.from({ length: 20 }, (_, at) => headOf(at + 1));
    await Promise.all(heads.map((head) => createAuditHead(folder).write(head)));
    expect(heads).toContainEqual(await createAuditHead(folder).read());
    expect(await readdir(folder)).toEqual(['audit-head.json']);
  });

  it('leaves no draft where it cannot be kept', async () => {
    const head = createAuditHead(path.join(folder, 'data'));
    expect(await head.read()).toBeUndefined();
    await head.write(headOf(1));
    await rm(path.join(folder, 'data', 'audit-head.json'));
    await (await open(path.join(folder, 'data', 'other'), 'w')).close();
    // A folder stands in its place.
    await createAuditHead(path.join(folder, 'data', 'audit-head.json', 'in')).write(headOf(1));
    await expect(head.write(headOf(2))).rejects.toThrow('audit-head.json');
    expect((await readdir(path.join(folder, 'data'))).toSorted()).toEqual(['audit-head.json', 'other']);
  });
});
