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

describe('A plan that is too long for the launcher', () => {
  const binds = (bytes: number): LaunchPlan['binds'] => [
    { source: 'x'.repeat(bytes), target: '/folders/1', executable: false },
  ];

  it('is not sent: the launcher would end with all that wait for it', () => {
    const { length } = encodePlan({ ...plan, binds: binds(1) });
    expect(encodePlan({ ...plan, binds: binds(2 ** 20 - length + 1) })).toHaveLength(2 ** 20);
    expect(() => encodePlan({ ...plan, binds: binds(2 ** 20 - length + 2) })).toThrow(
      'The plan of a launch has 1048577 bytes, and the launcher takes 1048576: grant the call fewer folders, or folders with shorter paths.',
    );
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

  it.each(['full', 'base'] as const)('has a bound for folders in the %s layer', (layer) => {
    const folders = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `/data/${index}`);
    expect(roomOf({ ...of, layer, folders: folders(65) }).rules.length).toBeLessThanOrEqual(192);
    expect(() => roomOf({ ...of, layer, folders: folders(66) })).toThrow(
      "A call may see 65 folders, its tool's own included, and this one was granted 66: name fewer of them in the grants of the node.",
    );
  });

  it('knows no folder that it was not made for', () => {
    expect(() => roomOf({ ...of, layer: 'full' }).inside('/etc')).toThrow('does not see the folder /etc');
  });
});
