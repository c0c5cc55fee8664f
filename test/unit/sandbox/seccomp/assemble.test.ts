import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleFilter } from '../../../../src/sandbox/seccomp/assemble.ts';
import { encode, branch, load, returns } from '../../../../src/sandbox/seccomp/instructions.ts';
import { jsProfile, shellProfile } from '../../../../src/sandbox/seccomp/profiles.ts';
import type { SeccompProfile } from '../../../../src/sandbox/seccomp/profile.ts';
import { syscallNumber, type Architecture } from '../../../../src/sandbox/seccomp/syscall-numbers.ts';
import { runFilter, type SeccompData } from '../../../support/bpf-machine.ts';
import { AUDIT_ARCH, LAUNCH, loadedFilter, readVerdict, returnValue } from '../../../support/seccomp-reading.ts';

const architectures = ['x86_64', 'aarch64'] as const;
const variants = [jsProfile, shellProfile].flatMap((profile) =>
  architectures.map((architecture) => ({ profile, architecture, name: profile.name })),
);

const STRANGE_NUMBERS = [
  1_000,
  65_536,
  0x000f_0000,
  ...[0x3fff_ffff, 0x4000_0000, 0x4000_0001, 0x4000_0200, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff],
  ...[-1, -2, -500, -0x4000_0000, -0x8000_0000],
];
const numbers = [...Array.from({ length: 601 }, (_, number) => number), ...STRANGE_NUMBERS];

/** Arguments that some rule allows. */
const allowed = fc.constantFrom<readonly bigint[]>(
  [LAUNCH.execPath, LAUNCH.execArgv, LAUNCH.execEnvp],
  [LAUNCH.pid],
  [0x3d_0f00n],
  [17n],
  [0n, 7n, 0n],
  [1n, 0x8_0801n],
  [15n, 0x5401n],
  [0x5356_4d41n, 0x5421n],
);

/** Those, with one bit of one argument turned over: the hardest to tell from what is allowed. */
const nearlyAllowed = fc
  .tuple(allowed, fc.nat({ max: 2 }), fc.bigInt({ min: 0n, max: 63n }))
  .map(([args, index, bit]) => [0, 1, 2].map((at) => (args[at] ?? 0n) ^ (at === index ? 1n << bit : 0n)));

const anyArguments = fc.array(fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }), { maxLength: 6 });

const conditionalNumbers = (profile: SeccompProfile, architecture: Architecture): readonly number[] =>
  profile.rules
    .filter((rule) => 'when' in rule)
    .flatMap((rule) => rule.calls)
    .map((call) => syscallNumber(call, architecture))
    .filter((number) => number !== undefined);

describe.each(variants)('the program of $name on $architecture', ({ profile, architecture }) => {
  const run = loadedFilter(profile, architecture);
  const expectAsWritten = (data: SeccompData): void => {
    const wanted = { ...data, value: returnValue(readVerdict(profile, architecture, data)) };
    expect({ ...data, value: run(data).value }).toEqual(wanted);
  };

  it('answers each number as the table says', () => {
    for (const nr of numbers) expectAsWritten({ nr, arch: AUDIT_ARCH[architecture] });
  });

  it('kills on every other architecture, whatever the number', () => {
    const others = [0, 0xffff_ffff, ...Object.values(AUDIT_ARCH)].filter((arch) => arch !== AUDIT_ARCH[architecture]);
    for (const arch of others) {
      for (const nr of numbers) expect(run({ nr, arch }).value).toBe(returnValue('kill'));
    }
  });

  it('reads all 64 bits of the arguments as the table says', () => {
    const args = fc.oneof(allowed, nearlyAllowed, anyArguments);
    const nr = fc.constantFrom(...conditionalNumbers(profile, architecture));
    fc.assert(
      fc.property(nr, args, (number, values) => {
        expectAsWritten({ nr: number, arch: AUDIT_ARCH[architecture], args: values });
      }),
      { numRuns: 2_000 },
    );
  });

  it('is short, and answers after few instructions', () => {
    const { bytes, instructionCount } = assembleFilter(profile, architecture);
    expect(bytes.byteLength).toBe(8 * instructionCount);
    expect(instructionCount).toBeLessThan(512);
    const ioctl = [0n, 0x5413n];
    const exec = [LAUNCH.execPath, LAUNCH.execArgv, LAUNCH.execEnvp];
    const steps = [[], ioctl, exec].flatMap((args) =>
      numbers.map((nr) => run({ nr, arch: AUDIT_ARCH[architecture], args }).steps),
    );
    expect(Math.max(...steps)).toBeLessThanOrEqual(30);
    expect(run({ nr: syscallNumber('write', architecture) ?? -1, arch: AUDIT_ARCH[architecture] }).steps).toBeLessThan(
      14,
    );
  });
});

describe('the assembler', () => {
  it.each(architectures)(
    'tells the launcher of each value once, and leaves zero there until then (%s)',
    (architecture) => {
      const { bytes, patches } = assembleFilter(jsProfile, architecture);
      const halves = ['Path', 'Argv', 'Envp'].flatMap((name) => [`exec${name}High`, `exec${name}Low`]);
      expect(patches.map(({ value }) => value).toSorted()).toEqual([...halves, 'pid'].toSorted());
      const view = new DataView(bytes.buffer);
      for (const { instruction } of patches) {
        expect([view.getUint16(8 * instruction, true), view.getUint32(8 * instruction + 4, true)]).toEqual([0x15, 0]);
      }
    },
  );

  it('leaves nothing to fill in for shell', () => {
    expect(assembleFilter(shellProfile, 'x86_64').patches).toEqual([]);
  });

  it('writes struct sock_filter in little endian', () => {
    const program = encode([load(16), ...branch({ is: 'equal', k: 0x0102_0304 }, returns(1), returns(0x8000_0000))]);
    const lines = ['2000000010000000', '1500000104030201', '0600000001000000', '0600000000000080'];
    expect(Buffer.from(program).toString('hex')).toBe(lines.join(''));
  });

  it.each([1, 254, 255, 256, 257, 70_000])('jumps over %i instructions', (length) => {
    const yes = [...Array.from({ length: length - 1 }, () => load(0)), ...returns(1)];
    const program = encode([load(0), ...branch({ is: 'equal', k: 7 }, yes, returns(2))]);
    expect([runFilter(program, { nr: 7, arch: 0 }).value, runFilter(program, { nr: 8, arch: 0 }).value]).toEqual([
      1, 2,
    ]);
  });

  it('refuses a table with two rules for one call', () => {
    const rules = [...jsProfile.rules, { calls: ['read'], verdict: 'kill' }] as const;
    expect(() => assembleFilter({ ...jsProfile, rules }, 'x86_64')).toThrow(
      'The profile "js" has two rules for "read".',
    );
  });

  it('refuses a program that the kernel would refuse', () => {
    const when = Array.from({ length: 2_000 }, () => ({ argument: 0, oneOf: [1] }));
    const rules = [{ calls: ['read'], verdict: 'allow', when, otherwise: 'EPERM' }] as const;
    expect(() => assembleFilter({ ...jsProfile, rules }, 'x86_64')).toThrow(/the kernel takes 4096/);
  });
});
