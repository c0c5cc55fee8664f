import { describe, expect, it } from 'vitest';
import { encodePlan, type LaunchPlan } from '../../../src/sandbox/launch-plan.ts';
import { roomOf } from '../../../src/sandbox/room.ts';
import { assembleFilter } from '../../../src/sandbox/seccomp/assemble.ts';
import { jsProfile } from '../../../src/sandbox/seccomp/profiles.ts';

const filter = assembleFilter(jsProfile, 'x86_64');
const plan: LaunchPlan = {
  layer: 'full',
  id: 7,
  binds: [{ source: '/usr/bin/node', target: '/usr/bin/node', executable: true }],
  rules: [{ path: '/scratch', access: 'write' }],
  limits: { CORE: 0 },
  scratch: { bytes: 10, files: 3 },
  wallMs: 500,
  program: '/usr/bin/node',
  args: ['node', '/worker.cjs'],
  filter,
};
const wordsOf = (encoded: Buffer): readonly string[] =>
  encoded
    .subarray(0, encoded.length - filter.bytes.length)
    .toString()
    .split('\0');

describe('The plan of a launch', () => {
  it('is a row of words, with the filter behind them', () => {
    const encoded = encodePlan(plan);
    expect(wordsOf(encoded).join(' ')).toMatch(
      /^layer full ids 7 7 bind \/usr\/bin\/node \/usr\/bin\/node x allow \/scratch w limit CORE 0 scratch size=10,nr_inodes=3,mode=0700,uid=7,gid=7 wall 500 program \/usr\/bin\/node arg node arg \/worker.cjs patch /,
    );
    expect(encoded.subarray(-filter.bytes.length).equals(filter.bytes)).toBe(true);
    expect(wordsOf(encoded).slice(-3)).toEqual(['filter', String(filter.bytes.length), '']);
  });

  it('takes no word with a NUL in it: it would be two', () => {
    expect(() => encodePlan({ ...plan, args: ['node', 'a\0program\0/bin/sh'] })).toThrow(/NUL/);
  });
});

describe('The room of a worker', () => {
  const node = { binary: '/usr/bin/node', libraries: ['/lib64/ld-linux-x86-64.so.2', '/lib/libc.so.6'] };
  const of = { node, workerBundle: '/srv/dist/worker.cjs', folders: ['/srv/tools/a', '/data'], scratch: true };

  it('has a private name for everything of the machine in the full layer', () => {
    const room = roomOf({ ...of, layer: 'full' });
    expect(room.workerBundle).toBe('/worker.cjs');
    expect([room.inside('/srv/tools/a'), room.inside('/data')]).toEqual(['/folders/1', '/folders/2']);
    expect(room.rules.map(({ path }) => path).filter((path) => path.startsWith('/srv'))).toEqual([]);
  });

  it('may execute Node and its loader, and write to its scratch alone', () => {
    const { rules } = roomOf({ ...of, layer: 'full' });
    const withAccess = (access: string) => rules.filter((rule) => rule.access === access).map(({ path }) => path);
    expect(withAccess('execute')).toEqual(['/usr/bin/node', '/lib64/ld-linux-x86-64.so.2']);
    expect(withAccess('write')).toEqual(['/scratch']);
  });

  it('is the machine itself in the base layer, where nothing may be written', () => {
    const room = roomOf({ ...of, layer: 'base' });
    expect([room.workerBundle, room.inside('/data'), room.binds]).toEqual(['/srv/dist/worker.cjs', '/data', []]);
    expect(room.rules.some(({ access }) => access === 'write')).toBe(false);
    expect(room.rules.map(({ path }) => path)).not.toContain('/proc');
  });

  it('knows no folder that it was not made for', () => {
    expect(() => roomOf({ ...of, layer: 'full' }).inside('/etc')).toThrow('does not see the folder /etc');
  });
});
